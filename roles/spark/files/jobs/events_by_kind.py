"""Reads CSV files of events (day,kind,amount) from an S3 store, sums them up by day and kind, and writes the sums to ClickHouse.

    events_by_kind.py BUCKET/PREFIX RUN

Environment: S3_ENDPOINT (http://host:port), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, CLICKHOUSE_URL (http://host:port), CLICKHOUSE_USER,
CLICKHOUSE_PASSWORD; for https and an authority of one's own its file as AWS_CA_BUNDLE and CLICKHOUSE_AUTHORITY. Objects are read with pyarrow and rows written over HTTP, so neither Hadoop's S3 classes nor a JDBC driver is needed. A repeated run
writes the same block again, which a replicated table takes once.
"""

import os
import ssl
import sys
import urllib.parse
import urllib.request

from pyspark.sql import SparkSession, functions
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition


def store():
    from pyarrow import fs

    scheme, _, address = os.environ["S3_ENDPOINT"].partition("://")
    authority = os.environ.get("AWS_CA_BUNDLE")
    return fs.S3FileSystem(
        access_key=os.environ["AWS_ACCESS_KEY_ID"],
        secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        region=os.environ.get("AWS_REGION", "us-east-1"),
        endpoint_override=address,
        scheme=scheme,
        **({"tls_ca_file_path": authority} if authority else {}),
    )


class Events(DataSource):
    """One partition per object."""

    @classmethod
    def name(cls):
        return "events"

    def schema(self):
        return "day date, kind string, amount double"

    def reader(self, schema):
        return EventsReader(self.options["path"])


class EventsReader(DataSourceReader):
    def __init__(self, path):
        self.path = path

    def partitions(self):
        from pyarrow import fs

        objects = store().get_file_info(fs.FileSelector(self.path, recursive=True))
        return [InputPartition(one.path) for one in objects if one.path.endswith(".csv")]

    def read(self, partition):
        import pyarrow
        from pyarrow import csv

        types = {"day": pyarrow.date32(), "kind": pyarrow.string(), "amount": pyarrow.float64()}
        with store().open_input_stream(partition.value) as stream:
            table = csv.read_csv(stream, convert_options=csv.ConvertOptions(column_types=types))
        yield from table.select(["day", "kind", "amount"]).to_batches()


def write(run):
    def send(rows):
        lines = [f"{row.day}\t{row.kind}\t{row.events}\t{row.amount}\t{run}\n" for row in rows]
        if not lines:
            return
        statement = "INSERT INTO platform.events_by_kind (day, kind, events, amount, run) FORMAT TabSeparated"
        # Answered only when the rows have reached their shards.
        query = urllib.parse.urlencode({"query": statement, "insert_distributed_sync": 1})
        request = urllib.request.Request(
            f"{os.environ['CLICKHOUSE_URL']}/?{query}",
            data="".join(lines).encode(),
            headers={
                "X-ClickHouse-User": os.environ["CLICKHOUSE_USER"],
                "X-ClickHouse-Key": os.environ["CLICKHOUSE_PASSWORD"],
            },
        )
        secure = ssl.create_default_context(cafile=os.environ.get("CLICKHOUSE_AUTHORITY"))
        urllib.request.urlopen(request, timeout=60, context=secure).read()

    return send


def main(path, run):
    spark = SparkSession.builder.appName(f"events_by_kind {run}").getOrCreate()
    spark.dataSource.register(Events)
    events = spark.read.format("events").option("path", path).load()
    sums = events.groupBy("day", "kind").agg(
        functions.count("*").alias("events"), functions.sum("amount").alias("amount")
    )
    sums.orderBy("day", "kind").coalesce(1).foreachPartition(write(run))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:3])
