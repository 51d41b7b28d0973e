image=play.test/zookeeper:3.9
volume check-zookeeper
start zookeeper -v check-zookeeper:/data -e ZOO_MY_ID=3 -e ZOO_4LW_COMMANDS_WHITELIST=srvr,ruok,mntr -e ZOO_ADMINSERVER_ENABLED=false \
  -e ZOO_SERVERS='clientPort=2191' $image
# answers WORD PORT PATTERN
answers() { docker exec zookeeper sh -c "echo $1 | nc -w 2 127.0.0.1 $2" | grep -q "$3"; }
await 'answers on its port' 60 answers ruok 2191 imok
same 'has the number it was given' 3 docker exec zookeeper cat /data/myid
same 'runs as user 1000' 1000 docker exec zookeeper stat -c %u /proc/1
client() { docker exec zookeeper zkCli.sh -server 127.0.0.1:2191 "$@" 2>/dev/null; }
client create /seen kept >/dev/null
docker restart -t 10 zookeeper >/dev/null
await 'answers after a restart' 60 answers srvr 2191 Mode
same 'keeps its nodes' kept sh -c 'docker exec zookeeper zkCli.sh -server 127.0.0.1:2191 get /seen 2>/dev/null | grep -x kept'
docker rm -fv zookeeper >/dev/null
printf 'dataDir=/data\ndataLogDir=/datalog\nclientPort=2192\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n4lw.commands.whitelist=srvr\n' >/tmp/check/zoo.cfg
start zookeeper -v /tmp/check/zoo.cfg:/conf/zoo.cfg:ro $image
await 'takes a mounted zoo.cfg' 60 answers srvr 2192 standalone
