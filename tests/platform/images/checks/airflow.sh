# needs: postgres
image=play.test/airflow:3
mkdir -m 755 /tmp/check/dags
cat >/tmp/check/dags/answer.py <<'F'
import pendulum
from airflow.sdk import dag, task


@dag(schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False)
def answer():
    @task
    def first():
        return 41

    @task
    def second(number):
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook  # comes with the image

        assert S3Hook
        return number + 1

    second(first())


answer()
F
start postgres -e POSTGRES_USER=airflow -e POSTGRES_PASSWORD=secret play.test/postgres:17 postgres -c listen_addresses=127.0.0.1 -c port=5444
cat >/tmp/check/env <<'F'
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql+psycopg2://airflow:secret@127.0.0.1:5444/airflow
AIRFLOW__CORE__EXECUTOR=LocalExecutor
AIRFLOW__CORE__PARALLELISM=2
AIRFLOW__API__HOST=127.0.0.1
AIRFLOW__API__PORT=8180
AIRFLOW__API__WORKERS=1
AIRFLOW__CORE__EXECUTION_API_SERVER_URL=http://127.0.0.1:8180/execution/
AIRFLOW__API_AUTH__JWT_SECRET=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False
AIRFLOW_CONN_STORE=aws://key:secret@
F
air() { local name=$1; shift; start "$name" --env-file /tmp/check/env -v /tmp/check/dags:/opt/airflow/dags:ro $image "$@"; }
await 'PostgreSQL answers' 60 docker exec -e PGPASSWORD=secret postgres psql -h 127.0.0.1 -p 5444 -U airflow -c "select 1"
docker run --rm --label check --network host --env-file /tmp/check/env $image db migrate >/tmp/check/migrate.log 2>&1 || { tail -20 /tmp/check/migrate.log; fail 'migrates the database'; }
ok 'migrates the database'
air api api-server && air scheduler scheduler && air processor dag-processor && air triggerer triggerer
await 'the API answers' 180 curl -sf http://127.0.0.1:8180/api/v2/version
well() { [ "$(curl -sf http://127.0.0.1:8180/api/v2/monitor/health | grep -o '"status":"healthy"' | wc -l)" = 4 ]; }
await 'database, scheduler, DAG processor and triggerer are healthy' 240 well
await 'the DAG is found' 180 docker exec scheduler airflow dags trigger answer --run-id check
state() { [ "$(docker exec -e PGPASSWORD=secret postgres psql -At -h 127.0.0.1 -p 5444 -U airflow -c "select state from dag_run where run_id = 'check'")" = success ]; }
await 'and its run succeeds' 300 state
same 'runs as user 50000' 50000:0 docker exec api stat -c %u:%g /proc/1
