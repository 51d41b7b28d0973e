# Debian packages of the machine, and where it gets them.

machine_packages=(mmdebstrap debian-archive-keyring systemd-container openssh-client iproute2 nftables procps util-linux
  netcat-openbsd wireguard-tools wireguard-go zstd) # the tools of `outside`, and what packs the platform's images

packages_missing() {
  local package
  for package in "${machine_packages[@]}"; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

packages_install() {
  local missing
  missing=$(packages_missing)
  [ -n "$missing" ] || return 0
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of names
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# The Debian mirror the machine itself uses, in either form of apt's sources.
packages_mirror() {
  local mirror
  mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
    sed -n 's/^URIs: *//p;s/^deb \(\[[^]]*\] \)\?\(http[^ ]*\) .*/\2/p' | awk '/\/debian\/?$/ && !n++ { sub(/\/+$/, ""); print }')
  [ -n "$mirror" ] || { echo "testbed: no Debian mirror in /etc/apt/sources.list or sources.list.d of this machine" >&2; return 1; }
  echo "$mirror"
}
