image=play.test/postgres:17
printf 'a pass"word'\''$1' >/tmp/check/password
mkdir /tmp/check/init && echo "create table seen (word text); insert into seen values ('init');" >/tmp/check/init/1.sql
volume check-postgres
start postgres -v check-postgres:/var/lib/postgresql/data -v /tmp/check/init:/docker-entrypoint-initdb.d:ro -v /tmp/check/password:/run/secrets/password:ro \
  -e POSTGRES_USER=shop -e POSTGRES_DB=goods -e POSTGRES_PASSWORD_FILE=/run/secrets/password $image postgres -c listen_addresses=127.0.0.1 -c port=5444 -c shared_buffers=32MB
query() { docker exec -e PGPASSWORD="$1" postgres psql -At -h 127.0.0.1 -p 5444 -U shop goods -c "$2"; }
password=$(cat /tmp/check/password)
await 'answers on the port of its command line' 60 docker exec postgres pg_isready -h 127.0.0.1 -p 5444
await 'takes the password of the file' 30 query "$password" 'select 1'
same 'ran the scripts of the first start' init query "$password" 'select word from seen'
same 'settings of the command line' 32MB query "$password" 'show shared_buffers'
refused 'refuses another password' 'password authentication failed' query wrong 'select 1'
same 'runs as user 999' 999 docker exec postgres sh -c "stat -c %u /proc/1"
query "$password" "insert into seen values ('kept')" >/dev/null
docker restart -t 20 postgres >/dev/null
await 'keeps its data over a restart' 60 sh -c "docker exec -e PGPASSWORD='$(sed "s/'/'\\\\''/g" /tmp/check/password)' postgres psql -At -h 127.0.0.1 -p 5444 -U shop goods -c 'select word from seen' | grep -q kept"
refused 'does not start an empty database without a password' POSTGRES_PASSWORD docker run --rm --label check $image
same 'has the tools' 'pg_dump (PostgreSQL) 17' sh -c "docker run --rm --label check $image pg_dump --version | cut -d. -f1"
