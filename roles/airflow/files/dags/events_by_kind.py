"""The whole way of the data: objects are put into the store, Spark sums them up into ClickHouse, and every ClickHouse node is asked for the sums.

Triggered with {"run": "…", "events": 300}, both optional. Connections: `object_store` (aws), `spark` (http: the master's REST address, its key as password,
the master's URL in extra), `clickhouse` (http, the nodes' URLs and their authority's file in extra).
"""

import base64
import hashlib
import hmac
import json
import ssl
import time
import urllib.parse
import urllib.request

import pendulum
from airflow.sdk import Connection, Param, dag, task

KINDS = ["order", "refund", "visit"]


def signed(key):
    """A token that Spark's master takes for five minutes."""

    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps({"exp": int(time.time()) + 300}).encode())
    return (text + b"." + part(hmac.new(key.encode(), text, hashlib.sha256).digest())).decode()


def spark(connection, path, body=None):
    """Asks Spark's master."""
    request = urllib.request.Request(
        f"http://{connection.host}:{connection.port}/v1/submissions/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": "Bearer " + signed(connection.password),
            "Content-Type": "application/json;charset=UTF-8",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@dag(
    schedule=None,
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    tags=["example"],
    params={"run": Param("", type="string"), "events": Param(300, type="integer", minimum=1)},
)
def events_by_kind():
    @task(retries=2, retry_delay=10)
    def land(params=None, run_id=None):
        """Puts two objects into the store."""
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        run = params["run"] or hashlib.sha256(run_id.encode()).hexdigest()[:12]
        lines = [f"2025-01-{1 + n % 28:02},{KINDS[n % len(KINDS)]},{n}.5\n" for n in range(params["events"])]
        for number in range(2):
            S3Hook("object_store").load_string(
                "day,kind,amount\n" + "".join(lines[number::2]), f"events/{run}/{number}.csv", "lake", replace=True
            )
        return run

    # A worker that is lost takes the driver with it: the job is submitted again, and ClickHouse takes the same rows once.
    @task(retries=2, retry_delay=10)
    def aggregate(run):
        """Submits the Spark job and waits for its end."""
        connection = Connection.get("spark")
        answer = spark(
            connection,
            "create",
            {
                "action": "CreateSubmissionRequest",
                "appResource": "",
                "mainClass": "org.apache.spark.deploy.SparkSubmit",
                "clientSparkVersion": "",
                "environmentVariables": {},
                "appArgs": ["/opt/jobs/events_by_kind.py", f"lake/events/{run}", run],
                "sparkProperties": {
                    "spark.app.name": "events_by_kind",
                    "spark.master": connection.extra_dejson["master"],
                    "spark.authenticate": "true",
                    "spark.network.crypto.enabled": "true",
                    "spark.network.crypto.cipher": "AES/GCM/NoPadding",
                    "spark.network.crypto.authEngineVersion": "2",
                    "spark.network.crypto.saslFallback": "false",
                    "spark.driver.memory": "512m",
                    "spark.driver.cores": "1",
                },
            },
        )
        job = answer["submissionId"]
        print("submitted", job)
        end = time.monotonic() + 1200
        while time.monotonic() < end:
            state = spark(connection, f"status/{job}")
            if state.get("driverState") == "FINISHED":
                return run
            if state.get("driverState") in ("FAILED", "ERROR", "KILLED", "UNKNOWN"):
                raise RuntimeError(f"Spark job {job} ended: {state}; its output is in {state.get('workerHostPort')}'s page")
            time.sleep(2)
        spark(connection, f"kill/{job}", {})
        raise TimeoutError(f"Spark job {job} took longer than 20 minutes")

    @task(retries=5, retry_delay=3)
    def compare(run, params=None):
        """Asks every ClickHouse node, and compares."""
        connection = Connection.get("clickhouse")
        query = f"SELECT sum(events), sum(amount) FROM platform.events_by_kind WHERE run = '{run}' FORMAT TabSeparated"
        answers = {}
        authority = connection.extra_dejson.get("authority")
        for node in connection.extra_dejson["nodes"]:
            request = urllib.request.Request(
                f"{node}/?{urllib.parse.urlencode({'query': query})}",
                headers={"X-ClickHouse-User": connection.login, "X-ClickHouse-Key": connection.password},
            )
            secure = ssl.create_default_context(cafile=authority) if node.startswith("https:") else None
            with urllib.request.urlopen(request, timeout=30, context=secure) as answer:
                answers[node] = answer.read().decode().split()
        events = params["events"]
        expected = [float(events), sum(n + 0.5 for n in range(events))]
        for node, answer in answers.items():
            if [float(value) for value in answer] != expected:
                raise ValueError(f"{node} answers {answer}, expected {expected}")
        print("all nodes agree:", answers)

    compare(aggregate(land()))


events_by_kind()
