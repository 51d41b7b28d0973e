# The private network: a bridge on the machine, a network namespace per host, and what may pass.

readonly bridge=playbr0

host_number() { case $1 in outside) echo 100 ;; *) echo $((${1#vps} + 1)) ;; esac; }
host_address() { echo "$net.$(host_number "$1")"; }

# While the hosts are down their addresses, and those of VPNs made among them, would leave by the default route: this refuses them.
network_guard() { ip route replace unreachable 10.104.0.0/16 metric 4096; }

network_up() {
  # inotify's count is per uid: all hosts' root share it with the machine's
  sysctl -qw net.ipv4.ip_forward=1 fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288
  if ! ip link show $bridge >/dev/null 2>&1; then
    # an address of its own: else it changes with the ports, and neighbours remember a wrong one
    ip link add $bridge address 02:00:0a:68:00:01 type bridge
    ip addr add $net.1/24 dev $bridge
    ip link set $bridge up
    network_isolate
  fi
  network_faults_forget
  network_filter
  docker_let_pass "$bridge"
  [ -e "/run/netns/$(host_machine outside)" ] || network_plug outside
}

nameservers() {
  local file=/etc/resolv.conf
  # a resolver on the machine's loopback is of no use to the hosts
  ! grep -q '^nameserver 127\.' $file || file=/run/systemd/resolve/resolv.conf
  awk '/^nameserver [0-9.]+$/ { print $2 }' $file
}

allowed_addresses() {
  local mirror name; mirror=$(packages_mirror)
  nameservers
  for name in $(sed 's,.*//\([^/:]*\).*,\1,' <<<"$mirror") ${PLAY_TESTBED_ALLOW:-}; do
    getent ahostsv4 "$name" | awk '{ print $1 }'
  done
}

# From the hosts only the name server and the package mirror are reached; all else is rejected at once.
network_filter() {
  local allowed; allowed=$(allowed_addresses | sort -u | paste -sd,)
  [ -n "$allowed" ] || { echo "testbed: neither a name server nor the mirror has an IPv4 address" >&2; return 1; }
  nft -f - <<F
table inet play_testbed
delete table inet play_testbed
table inet play_testbed {
  chain egress_nat { type nat hook postrouting priority srcnat; ip saddr $net.0/24 oifname != "$bridge" masquerade; }
  chain egress_guard { type filter hook forward priority -10;
    iifname "$bridge" oifname != "$bridge" ip daddr { $allowed } accept
    iifname "$bridge" oifname != "$bridge" reject
  }
}
F
}

# A Docker engine on the machine sets FORWARD's policy to drop and sends bridged frames through it.
docker_let_pass() {
  local way
  iptables -nL DOCKER-USER >/dev/null 2>&1 || return 0
  for way in -i -o; do
    iptables -C DOCKER-USER $way "$1" -j ACCEPT 2>/dev/null || iptables -I DOCKER-USER $way "$1" -j ACCEPT
  done
}

# On the machine's own way out, so nothing a role does inside a host can undo it, and `outside` still sees what
# the others themselves allow.
network_isolate() {
  nft -f - <<F
table inet play_testbed_isolation
delete table inet play_testbed_isolation
table inet play_testbed_isolation {
  chain machine { type filter hook output priority 0; ip daddr { $(host_address vps2), $(host_address vps3), $(host_address vps4) } tcp dport 22 reject with tcp reset; }
}
F
}
network_expose() { nft delete table inet play_testbed_isolation 2>/dev/null || true; }

# A test that disturbs the line does it in a table of this name, on the machine. A run that was killed leaves it, and the next would
# find hosts that do not answer.
network_faults_forget() { nft delete table inet play_testbed_fault 2>/dev/null || true; }

# network_plug NAME: a namespace with eth0 on the bridge. Made anew at every start, as a reboot loses rules, routes and links.
network_plug() {
  local name=$1 number namespace
  number=$(host_number "$name") namespace=$(host_machine "$name")
  network_unplug "$name"
  ip netns add "$namespace"
  # a lasting hardware address: a host that is reset must not wait for its neighbours' caches
  ip link add "v-$name" type veth peer name eth0 address "$(printf '02:00:0a:68:00:%02x' "$number")" netns "$namespace"
  ip link set "v-$name" master "$bridge" up
  ip -n "$namespace" link set lo up
  ip -n "$namespace" addr add "$net.$number/24" dev eth0
  ip -n "$namespace" link set eth0 up
  # a new namespace inherits the machine's setting, and a bare server does not forward
  ip netns exec "$namespace" sysctl -qw net.ipv4.ip_forward=0
  [ "$name" = outside ] || ip -n "$namespace" route add default via "$net.1"
}

network_unplug() {
  ip link del "v-$1" 2>/dev/null || true
  ip netns del "$(host_machine "$1")" 2>/dev/null || true
}

network_down_if_unused() {
  local host
  for host in "${hosts[@]}"; do ! host_runs "$host" || return 0; done
  network_unplug outside
  network_expose
  network_faults_forget
  nft delete table inet play_testbed 2>/dev/null || true
  ip link del $bridge 2>/dev/null || true
  iptables -D DOCKER-USER -i $bridge -j ACCEPT 2>/dev/null || true
  iptables -D DOCKER-USER -o $bridge -j ACCEPT 2>/dev/null || true
}
