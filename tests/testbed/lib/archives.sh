# Package archives: each host has its own folder (so apt's locks never meet), filled by hard links from one pool.

# archives_lend HOST: links what the pool holds. apt checks a file's digest before it uses it, so a spoilt one is only fetched again.
archives_lend() {
  local own=$disks/$1/archives
  mkdir -p "$state/pool" "$own/partial"
  find "$state/pool" -name '*.deb' -exec ln -f -t "$own" {} +
}

# archives_keep HOST: what the host downloaded joins the pool.
archives_keep() {
  local own=$disks/$1/archives
  [ -d "$own" ] || return 0
  mkdir -p "$state/pool"
  find "$own" -maxdepth 1 -name '*.deb' -links 1 -exec mv -f -t "$state/pool" {} +
}
