# The base image: what a small VPS comes with, and not more. Roles install the rest.

readonly suite=trixie
base_packages=(systemd-sysv dbus libpam-systemd openssh-server sudo iproute2 iputils-ping procps kmod ca-certificates curl
  cron less vim-tiny tzdata apt-utils)

# Changes when the recipe does, so that a kept state folder is rebuilt.
base_stamp() { { cat "$here/lib/base.sh" "$here/lib/testbed-kernel"; packages_mirror; } | sha256sum | cut -d' ' -f1; }

base_build() {
  local stamp host base=$state/base.new
  stamp=$(base_stamp)
  [ "$(cat "$state/base.stamp" 2>/dev/null)" != "$stamp" ] || return 0
  for host in "${hosts[@]}"; do
    ! host_runs "$host" || { echo "testbed: the base's recipe changed and $host runs on the old one; run 'testbed down' first" >&2; return 1; }
  done
  [ "$(findmnt -n -o FSTYPE -T "$state")" != overlay ] || { echo "testbed: $state is on an overlay; set PLAY_TESTBED to a folder on a real file system" >&2; return 1; }
  access_keys
  base_bootstrap "$base"
  base_identity "$base"
  base_users "$base"
  base_quiet "$base"
  # disks written over another base would not fit this one
  rm -rf --one-file-system "$state/base" "$state/hosts"
  mv "$base" "$state/base"
  echo "$stamp" >"$state/base.stamp"
}

base_bootstrap() {
  local base=$1 mirror
  mirror=$(packages_mirror)
  printf 'deb %s %s main\n' "$mirror" "$suite" "$mirror" "$suite-updates" "$mirror-security" "$suite-security" >"$state/sources.list"
  rm -rf --one-file-system "$base"
  mmdebstrap --quiet --variant=minbase --include="$(IFS=,; echo "${base_packages[*]}")" "$suite" "$base" "$state/sources.list"
  printf 'APT::Keep-Downloaded-Packages "true";\nBinary::apt::APT::Keep-Downloaded-Packages "true";\n' >"$base/etc/apt/apt.conf.d/90keep-downloaded"
  # where the machine trusts an authority of its own for https, so do the hosts
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
    cp /usr/local/share/ca-certificates/*.crt "$base/usr/local/share/ca-certificates/"
    chroot "$base" update-ca-certificates >/dev/null 2>&1
  fi
}

# Each host gets its own name, machine id and keys when it first starts.
base_identity() {
  : >"$1/etc/machine-id"
  rm -f "$1"/etc/hostname "$1"/etc/ssh/ssh_host_*
}

base_users() {
  local base=$1 user
  install -d -m 700 "$base/root/.ssh"
  install -m 600 "$state/id_ed25519.pub" "$base/root/.ssh/authorized_keys"
  for user in admin deploy nosudo; do
    chroot "$base" useradd --create-home --shell /bin/bash "$user"
    install -d -m 700 "$base/home/$user/.ssh"
    install -m 600 "$state/id_ed25519.pub" "$base/home/$user/.ssh/authorized_keys"
    chroot "$base" chown -R "$user:$user" "/home/$user/.ssh"
  done
  echo 'deploy:testbed-password' | chroot "$base" chpasswd
  chroot "$base" usermod -aG sudo deploy
  echo 'admin ALL=(ALL:ALL) NOPASSWD: ALL' >"$base/etc/sudoers.d/admin"
  chmod 440 "$base/etc/sudoers.d/admin"
}

# What would disturb tests or the machine: apt's timers, and kernel settings that no namespace holds.
base_quiet() {
  local base=$1 unit
  for unit in apt-daily.timer apt-daily-upgrade.timer; do ln -sf /dev/null "$base/etc/systemd/system/$unit"; done
  install -m 755 "$here/lib/testbed-kernel" "$base/usr/local/sbin/testbed-kernel"
  cat >"$base/etc/systemd/system/testbed-kernel.service" <<'F'
[Unit]
Description=Kernel settings of the test host's own
DefaultDependencies=no
Before=systemd-sysctl.service docker.service containerd.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/testbed-kernel
[Install]
WantedBy=sysinit.target
F
  chroot "$base" systemctl -q enable testbed-kernel.service
}
