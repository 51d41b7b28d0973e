# A host's disk: an overlay over the base, and beside it what is bound in (docker's folder, package archives).

disk_mount() {
  local name=$1 own=$disks/$1 root=$disks/$1/root
  mkdir -p "$own"/{upper,work,root,docker}
  mountpoint -q "$root" || mount -t overlay overlay -o "lowerdir=$state/base,upperdir=$own/upper,workdir=$own/work" "$root"
  [ ! -s "$root/etc/hostname" ] || return 0
  install -m 600 "$state/keys/$name"/ssh_host_*_key "$root/etc/ssh/"
  install -m 644 "$state/keys/$name"/ssh_host_*_key.pub "$root/etc/ssh/"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost ip6-loopback\n' "$name" >"$root/etc/hosts"
  nameservers | sed 's/^/nameserver /' >"$root/etc/resolv.conf"
  echo "$name" >"$root/etc/hostname"
}

disk_unmount() {
  local root=$disks/$1/root deadline=$((SECONDS + 10))
  while mountpoint -q "$root" && ! umount "$root" 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || { echo "testbed: $root is still in use" >&2; return 1; }
    sleep 0.05
  done
}

# The disks go by a rename; emptying the trash can wait until the hosts are up again.
disks_forget() {
  local name trash
  mkdir -p "$state/trash"
  trash=$(mktemp -d "$state/trash/XXXXXX")
  for name; do [ ! -d "$disks/$name" ] || mv "$disks/$name" "$trash/"; done
}

trash_empty() { rm -rf --one-file-system "$state/trash"; }
