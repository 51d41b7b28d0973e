# One cgroup per host in every hierarchy: nspawn makes <own cgroup>/payload and would share it between hosts.

cgroup_roots() { findmnt -n -t cgroup,cgroup2 -o TARGET; }

# legacy: cgroup v1 inside, where docker's --cpus and --memory hold. unified: cgroup v2, for a machine that mounts no v1.
cgroup_mode() { echo "${CG:-$(findmnt -n -t cgroup >/dev/null && echo legacy || echo unified)}"; }

# cgroup_join HOST: puts the calling process into the host's cgroup.
cgroup_join() {
  local root folder
  for root in $(cgroup_roots); do
    for folder in play-testbed "play-testbed/$1"; do
      mkdir -p "$root/$folder"
      [ -e "$root/cpuset.cpus" ] || continue
      cat "$root/cpuset.cpus" >"$root/$folder/cpuset.cpus" # an empty cpuset takes no process
      cat "$root/cpuset.mems" >"$root/$folder/cpuset.mems"
    done
    echo $BASHPID >"$root/play-testbed/$1/cgroup.procs"
  done
}

cgroup_remove() {
  local root
  for root in $(cgroup_roots); do
    find "$root/play-testbed/$1" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  done
}
