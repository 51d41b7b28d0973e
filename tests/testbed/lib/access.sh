# Keys, and the ssh files by which the hosts are reached.

# Host keys are made once and outlive a reset, so that known_hosts stays true.
access_keys() {
  local host kind folder
  [ -e "$state/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C testbed -f "$state/id_ed25519"
  for host in "${hosts[@]}"; do
    folder=$state/keys/$host; mkdir -p "$folder"
    for kind in ed25519 ecdsa rsa; do
      [ -e "$folder/ssh_host_${kind}_key" ] || ssh-keygen -q -t "$kind" -N '' -C "root@$host" -f "$folder/ssh_host_${kind}_key"
    done
  done
}

# Both are put in place by rename: somebody else's ssh may be reading them.
access_files() {
  local host
  for host in "${hosts[@]}"; do
    cut -d' ' -f1,2 "$state/keys/$host"/ssh_host_*_key.pub | sed "s/^/$host,$(host_address "$host") /"
  done >"$state/known_hosts.new"
  access_config >"$state/ssh_config.new"
  mv "$state/known_hosts.new" "$state/known_hosts"
  mv "$state/ssh_config.new" "$state/ssh_config"
}

access_config() {
  local host address
  for host in "${hosts[@]}"; do
    address=$(host_address "$host")
    printf 'Host %s %s\n  HostName %s\n' "$host" "$address" "$address"
    [ "$host" = vps1 ] || echo '  ProxyJump vps1'
  done
  cat <<F
Host *
  User admin
  IdentityFile $state/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile $state/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 10
  LogLevel ERROR
F
}
