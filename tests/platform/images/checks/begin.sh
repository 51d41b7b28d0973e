# What the checks have in common; it is put before each of them, on the test host.
set -euo pipefail

finish() {
  local code=$? name
  if [ $code != 0 ]; then
    for name in $(docker ps -aq --filter label=check); do echo "--- $(docker inspect -f '{{.Name}}' "$name")"; docker logs --tail 15 "$name" 2>&1; done
  fi
  docker ps -aq --filter label=check | xargs -r docker rm -fv >/dev/null
  docker volume ls -q --filter label=check | xargs -r docker volume rm -f >/dev/null
  rm -rf /tmp/check
}
trap finish EXIT
finish
mkdir -p /tmp/check

# start NAME ARGUMENT...: a container on the host's network.
start() { local name=$1; shift; docker run -d --label check --name "$name" --network host "$@" >/dev/null </dev/null; }
volume() { docker volume create --label check "$1" >/dev/null; }

ok() { echo "  ok: $1"; }
fail() { echo "  not so: $1" >&2; exit 1; }
# await WORDS SECONDS COMMAND...: until it succeeds.
await() {
  local words=$1 deadline=$((SECONDS + $2)); shift 2
  until "$@" >/dev/null 2>&1 </dev/null; do [ $SECONDS -lt $deadline ] || fail "$words"; sleep 0.3; done
  ok "$words"
}
# does WORDS COMMAND...: it succeeds.
does() { local words=$1 found; shift; found=$("$@" 2>&1 </dev/null) || fail "$words: $found"; ok "$words"; }
# same WORDS EXPECTED COMMAND...: what it prints.
same() {
  local words=$1 expected=$2 found; shift 2
  found=$("$@" 2>&1 </dev/null) || fail "$words: $found"
  [ "$found" = "$expected" ] || fail "$words: expected '$expected', found '$found'"
  ok "$words"
}
# refused WORDS PATTERN COMMAND...: it fails and says why.
refused() {
  local words=$1 pattern=$2 found; shift 2
  ! found=$("$@" 2>&1 </dev/null) || fail "$words: it is let through"
  grep -q -- "$pattern" <<<"$found" || fail "$words: it says '$found'"
  ok "$words"
}
