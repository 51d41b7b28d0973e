# A second set of hosts on the same machine: an outer network namespace with a bridge of its own, so that names, addresses
# and keys are those of the first set. Instance 1 needs none: its outer namespace is the machine's own.

readonly instance=${PLAY_TESTBED_INSTANCE:-1}
[[ $instance =~ ^[1-9][0-9]?$ ]] || { echo "testbed: PLAY_TESTBED_INSTANCE is a number from 1 to 99, not $instance" >&2; exit 3; }
readonly outer=playbed$instance
readonly outer_link=playbed-$instance # in the machine's own namespace

if [ "$instance" = 1 ]; then instance_suffix='' disks=$state/hosts; else instance_suffix=-$instance disks=$state/hosts/instance$instance; fi
readonly instance_suffix disks

# What a host is called among all that run on the machine: its namespace, its nspawn machine, its cgroup.
host_machine() { echo "$1$instance_suffix"; }

# instance_enter ARGUMENT...: runs this command again inside the instance's outer namespace, making that if it is missing.
instance_enter() {
  [ "$instance" != 1 ] && ! [ /proc/self/ns/net -ef "/run/netns/$outer" ] || return 0
  [ -e "/run/netns/$outer" ] || instance_plug
  local inside=(nsenter --net="/run/netns/$outer" -- "$here/testbed" "$@") code=0
  case $1 in
    down | wipe) "${inside[@]}" || code=$?; instance_unplug_if_unused; exit $code ;;
    *) exec "${inside[@]}" ;;
  esac
}

# The outer namespace reaches what the machine reaches; what the hosts reach is filtered inside it, as in instance 1.
instance_plug() {
  local link=100.127.$instance
  sysctl -qw net.ipv4.ip_forward=1
  ip netns add "$outer"
  ip link del "$outer_link" 2>/dev/null || true
  ip link add "$outer_link" type veth peer name uplink netns "$outer"
  ip addr add "$link.1/30" dev "$outer_link"
  ip link set "$outer_link" up
  ip -n "$outer" link set lo up
  ip -n "$outer" addr add "$link.2/30" dev uplink
  ip -n "$outer" link set uplink up
  ip -n "$outer" route add default via "$link.1"
  nft -f - <<F
table inet play_testbed_$instance
delete table inet play_testbed_$instance
table inet play_testbed_$instance {
  chain egress_nat { type nat hook postrouting priority srcnat; ip saddr $link.0/30 oifname != "$outer_link" masquerade; }
}
F
  docker_let_pass "$outer_link"
}

instance_unplug_if_unused() {
  local host
  for host in "${hosts[@]}"; do ! host_runs "$host" || return 0; done
  ip netns del "$outer" 2>/dev/null || true
  ip link del "$outer_link" 2>/dev/null || true
  nft delete table inet "play_testbed_$instance" 2>/dev/null || true
}

# instances_idle [PREFIX]: every instance's disks lie over the one base, which is not built anew under a host that runs.
instances_idle() {
  ! pgrep -f "^systemd-nspawn .*-D $state/hosts/${1:-}" >/dev/null && return
  echo "testbed: hosts of another instance run on the shared base; end them first (PLAY_TESTBED_INSTANCE=N testbed down)" >&2
  return 1
}
