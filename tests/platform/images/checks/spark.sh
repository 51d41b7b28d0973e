image=play.test/spark:4
cat >/tmp/check/job.py <<'F'
from pyspark.sql import SparkSession
import pandas, pyarrow

session = SparkSession.builder.appName("check").getOrCreate()
numbers = session.range(1000).repartition(4)
print("SUM", numbers.mapInArrow(lambda batches: batches, numbers.schema).groupBy().sum("id").collect()[0][0])
session.stop()
F
class() { local name=$1; shift; start "$name" --entrypoint /usr/local/spark/bin/spark-class -v /tmp/check:/check:ro -v check-events:/events "$@"; }
docker volume create --label check check-events >/dev/null
class master $image org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 7177 --webui-port 8190
await 'the master is alive' 120 sh -c 'curl -s http://127.0.0.1:8190/json/ | grep -q ALIVE'
class worker -e SPARK_LOCAL_IP=127.0.0.1 -e SPARK_WORKER_DIR=/tmp/work $image org.apache.spark.deploy.worker.Worker -c 2 -m 1g --host 127.0.0.1 --webui-port 8191 spark://127.0.0.1:7177
await 'the worker joined it' 120 sh -c "curl -s http://127.0.0.1:8190/json/ | tr -d ' ' | grep -q '\"aliveworkers\":1'"
docker run --rm --user 0 --label check -v check-events:/events --entrypoint chown $image 1000:100 /events
same 'a job of Python, Arrow and pandas runs on the worker' 'SUM 499500' sh -c "docker run --rm --label check --network host -e SPARK_LOCAL_IP=127.0.0.1 -v /tmp/check:/check:ro -v check-events:/events $image \
  spark-submit --master spark://127.0.0.1:7177 --conf spark.driver.memory=600m --conf spark.executor.memory=600m --conf spark.eventLog.enabled=true --conf spark.eventLog.dir=file:///events /check/job.py 2>/tmp/check/submit.log || tail -20 /tmp/check/submit.log"
await 'the master counts it as finished' 30 sh -c 'curl -s http://127.0.0.1:8190/json/ | tr -d " \n" | grep -q "\"state\":\"FINISHED\""'
same 'and wrote its event log' 1 sh -c "docker exec worker sh -c 'ls -d /events/*' | wc -l"
same 'runs as user 1000' 1000:100 docker exec worker stat -c %u:%g /proc/1
start notebook -e JUPYTER_TOKEN=a-token $image start-notebook.py --ServerApp.ip=127.0.0.1 --ServerApp.port=8988
await 'notebooks answer' 60 curl -sf http://127.0.0.1:8988/api
await 'with the token' 10 curl -sf -H 'Authorization: token a-token' http://127.0.0.1:8988/api/contents
refused 'and not without' 403 curl -sSf http://127.0.0.1:8988/api/contents
same 'Python is the same in driver and executor' "$(docker exec worker python -V)" docker exec notebook python -V
