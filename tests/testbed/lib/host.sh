# One host: systemd in nspawn on its disk and in its namespace, from power on to power off.

# No SYS_TIME: a host that sets its time zone would step the machine's clock. No SYS_MODULE, no SYS_RAWIO.
readonly capabilities=CAP_NET_ADMIN,CAP_NET_RAW,CAP_IPC_LOCK,CAP_BPF,CAP_PERFMON,CAP_SYSLOG

# The process that starts a host again after its reboots; nothing when the host is off.
host_power() {
  local id words
  id=$(cat "$disks/$1/power" 2>/dev/null) || return 0
  words=$({ tr '\0' ' ' <"/proc/$id/cmdline"; } 2>/dev/null) || return 0
  [[ $words != *"play-testbed $1 " ]] || echo "$id" # the number may be another's by now
}
host_nspawn() { pgrep -o -f "^systemd-nspawn .*--machine=$(host_machine "$1") " || true; }
host_runs() { [ -n "$(host_power "$1")$(host_nspawn "$1")" ]; }

# PID 1 of the host, as the machine numbers it.
host_init() { local nspawn; nspawn=$(host_nspawn "$1"); [ -z "$nspawn" ] || pgrep -o -P "$nspawn" || true; }

# With --keep-unit nspawn exits 133 for a reboot and leaves the new start to its caller.
host_boot() {
  local name=$1 own=$disks/$1 code=133 arguments=() unified=1
  cgroup_join "$(host_machine "$name")"
  [ "$(cgroup_mode)" = unified ] || { unified=0; arguments=(SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 systemd.unified_cgroup_hierarchy=0); }
  export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=$unified SYSTEMD_NSPAWN_API_VFS_WRITABLE=network SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_LOCK=0
  while [ $code = 133 ]; do
    network_plug "$name"
    code=0
    systemd-nspawn -q -D "$own/root" --machine="$(host_machine "$name")" --hostname="$name" --register=no --keep-unit --boot \
      --network-namespace-path="/run/netns/$(host_machine "$name")" --capability="$capabilities" --drop-capability=CAP_SYS_TIME \
      --bind=/dev/net/tun --bind="$own/docker:/var/lib/docker" --bind="$own/archives:/var/cache/apt/archives" \
      --resolv-conf=off --timezone=off --link-journal=no --console=pipe "${arguments[@]}" || code=$?
  done
}

host_start() {
  local name=$1 own=$disks/$1
  [ -z "$(host_power "$name")" ] || return 0
  [ -z "$(host_nspawn "$name")" ] || { echo "testbed: a host $name of another state folder is running" >&2; return 1; }
  host_clear "$name" # a host that powered itself off left its mount and namespace
  disk_mount "$name"
  archives_lend "$name"
  (
    export -f host_boot host_machine cgroup_join cgroup_roots cgroup_mode network_plug network_unplug host_number
    export state disks net bridge capabilities instance_suffix
    # shellcheck disable=SC2016 # expanded by the new shell
    exec setsid bash -euc 'echo $$ >"$disks/$1/power"; host_boot "$1"' play-testbed "$name"
  ) </dev/null >"$own/console.log" 2>&1 9>&- &
}

# Waits until people other than root may log in, which is when the boot is through. Asked from inside the host's own
# namespace: neither the isolation nor a firewall of the host's from an earlier run stands in the way.
host_await() {
  local name=$1 namespace deadline=$((SECONDS + 90))
  namespace=$(host_machine "$name")
  until [ -e "/run/netns/$namespace" ] && ip netns exec "$namespace" ssh -F "$state/ssh_config" -o ProxyJump=none -o ConnectTimeout=3 "$name" true </dev/null 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || { echo "testbed: $name does not answer ssh; its console is $disks/$name/console.log" >&2; return 1; }
    sleep 0.1
  done
}

hosts_up() {
  local name start=$EPOCHREALTIME waits=() process failed=0
  # the state folder may be older than the fourth host
  access_keys
  access_files
  # nspawn refuses to tidy this folder when /run is no tmpfs, and then a host's reboot ends as a halt
  mkdir -p /run/systemd/nspawn
  findmnt -n -t tmpfs -T /run/systemd/nspawn >/dev/null || mount -t tmpfs -o mode=755 tmpfs /run/systemd/nspawn
  for name; do host_start "$name"; done
  for name; do
    { host_await "$name" && echo "testbed: $name $(host_address "$name") answers after $(seconds_since "$start")"; } &
    waits+=($!)
  done
  for process in "${waits[@]}"; do wait "$process" || failed=1; done
  return $failed
}

# A bare host lets everybody in, so what stands in the way of the machine now is the machine's own: better said here than by every test.
# Not for others behind a vps1 that is no longer bare.
hosts_reached() {
  local name told
  [[ " $* " == *' vps1 '* ]] || return 0
  for name; do
    told=$(ssh -F "$state/ssh_config" -o ConnectTimeout=10 "$name" true </dev/null 2>&1) && continue
    echo "testbed: $name answers in its own namespace, but not from the machine: $told" >&2
    echo "testbed: look for rules that an earlier run left here: nft list ruleset, ip route get $(host_address "$name")" >&2
    return 1
  done
}

# await_end SECONDS PROCESS
await_end() {
  local deadline=$((SECONDS + $1))
  while [ -n "$2" ] && kill -0 "$2" 2>/dev/null && [ $SECONDS -lt $deadline ]; do sleep 0.05; done
}

# host_stop NAME soft|hard. Killing nspawn would orphan its payload; PID 1 takes the whole host with it.
host_stop() {
  local name=$1 power init
  power=$(host_power "$name"); init=$(host_init "$name")
  [ -n "$power" ] || { [ -z "$init" ] || echo "testbed: the running $name is of another state folder; left alone" >&2; host_clear_if_off "$name"; return; }
  if [ "$2" = soft ] && [ -n "$init" ]; then
    nsenter -t "$init" -a systemctl poweroff >/dev/null 2>&1 || true
    await_end 25 "$power"
  fi
  if [ -n "$(host_power "$name")" ]; then
    init=$(host_init "$name")
    kill -9 "$power" 2>/dev/null || true # first, or it would take the end for a reboot's
    [ -z "$init" ] || kill -9 "$init" 2>/dev/null || true
    await_end 10 "$(host_nspawn "$name")"
  fi
  host_clear_if_off "$name"
}

host_clear_if_off() { [ -n "$(host_nspawn "$1")" ] || host_clear "$1"; }

host_clear() {
  disk_unmount "$1"
  network_unplug "$1"
  cgroup_remove "$(host_machine "$1")"
  archives_keep "$1"
}

hosts_down() {
  local how=$1 name stops=() process failed=0; shift
  for name; do host_stop "$name" "$how" & stops+=($!); done
  for process in "${stops[@]}"; do wait "$process" || failed=1; done
  return $failed
}

host_enter() {
  local init; init=$(host_init "$1")
  [ -n "$init" ] || { echo "testbed: $1 is down" >&2; exit 1; }
  shift
  exec nsenter -t "$init" -a -- "$@"
}

hosts_status() {
  local name init
  for name in "${hosts[@]}"; do
    init=$(host_init "$name")
    printf '%s %s ' "$name" "$(host_address "$name")"
    if [ -z "$init" ]; then echo down; continue; fi
    printf '%s, up %s s, disk %s, docker %s\n' "$(nsenter -t "$init" -a systemctl is-system-running 2>/dev/null || true)" \
      "$(ps -o etimes= -p "$init" | tr -d ' ')" "$(du -shx "$disks/$name/upper" 2>/dev/null | cut -f1)" "$(du -shx "$disks/$name/docker" 2>/dev/null | cut -f1)"
  done
  if nft list table inet play_testbed_isolation >/dev/null 2>&1; then echo 'isolated: all others by way of vps1'; else echo 'not isolated'; fi
}
