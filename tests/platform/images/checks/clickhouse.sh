# needs: zookeeper
image=play.test/clickhouse:18.16
start zookeeper -e ZOO_ADMINSERVER_ENABLED=false -e ZOO_SERVERS='clientPort=2191' play.test/zookeeper:3.9
node() {
  cat >/tmp/check/node$1.xml <<F
<yandex>
  <http_port>812$1</http_port><tcp_port>901$1</tcp_port><interserver_http_port>902$1</interserver_http_port>
  <interserver_http_host>127.0.0.1</interserver_http_host>
  <zookeeper><node index="1"><host>127.0.0.1</host><port>2191</port></node></zookeeper>
  <remote_servers replace="replace"><both><shard><internal_replication>true</internal_replication>
    <replica><host>127.0.0.1</host><port>9011</port><user>shop</user><password>a&amp;b&lt;c</password></replica>
    <replica><host>127.0.0.1</host><port>9012</port><user>shop</user><password>a&amp;b&lt;c</password></replica>
  </shard></both></remote_servers>
  <macros><shard>1</shard><replica>node$1</replica></macros>
</yandex>
F
  volume "check-clickhouse$1"
  start "node$1" -v "check-clickhouse$1:/var/lib/clickhouse" -v "/tmp/check/node$1.xml:/etc/clickhouse-server/config.d/node.xml:ro" \
    -v /tmp/check/init:/docker-entrypoint-initdb.d:ro -e CLICKHOUSE_USER=shop -e 'CLICKHOUSE_PASSWORD=a&b<c' -e CLICKHOUSE_DB=goods --ulimit nofile=16384:16384 $image
}
ask() { curl -sS --fail-with-body -H "X-ClickHouse-User: shop" -H "X-ClickHouse-Key: ${3:-a&b<c}" "http://127.0.0.1:812$1/" --data-binary "$2"; }
mkdir /tmp/check/init && echo 'create table goods.seen (word String) engine = MergeTree order by word;' >/tmp/check/init/1.sql
await 'ZooKeeper answers' 60 docker exec zookeeper nc -z 127.0.0.1 2191
node 1 && node 2
for n in 1 2; do await "node $n answers over HTTP" 60 ask $n 'select 1'; done
same 'and by its own protocol' 1 docker exec node1 clickhouse-client --port 9011 --user shop --password 'a&b<c' --query 'select 1'
refused 'refuses another password' 'Wrong password' ask 1 'select 1' wrong
refused 'removed the account without one' 'Unknown user' curl -sS --fail-with-body http://127.0.0.1:8121/ --data-binary 'select 1'
does 'made the database and ran the scripts of the first start' ask 1 "insert into goods.seen values ('kept')"
for n in 1 2; do
  ask $n "create table goods.sums (day Date, kind String, n UInt64) engine = ReplicatedMergeTree('/tables/{shard}/sums', '{replica}') partition by toYYYYMM(day) order by (day, kind)"
  ask $n "create table goods.all_sums as goods.sums engine = Distributed(both, goods, sums, rand())"
done
ask 1 "insert into goods.all_sums values ('2026-01-01', 'a', 1), ('2026-01-02', 'b', 2)"
total() { [ "$(ask "$1" 'select sum(n) from goods.sums')" = "$2" ]; }
for n in 1 2; do await "node $n has the rows written to the distributed table" 30 total $n 3; done
docker stop -t 20 node1 >/dev/null
does 'takes rows while the other node is away' ask 2 "insert into goods.sums values ('2026-01-03', 'c', 4)"
docker start node1 >/dev/null
await 'the node that was away catches up' 60 total 1 7
same 'keeps its rows over a restart' kept ask 1 'select word from goods.seen'
same 'runs as user 101' 101 docker exec node1 stat -c %u /proc/1
