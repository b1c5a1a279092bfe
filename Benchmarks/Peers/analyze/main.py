#!/usr/bin/env python3
"""`millrace analyze` by DuckDB or Polars: main.py duckdb|polars DATA --workload analyze --case numbers --workers 2

Counts, mean, deviation, least, greatest and exact percentiles of each numeric column; counts of all and of different texts of the others. Prints a line of JSON as
contenders do."""
import argparse
import json
import math
import os
import resource
import time


def duckdb_query(path, threads):
    import duckdb

    def run():
        connection = duckdb.connect(config={"threads": threads})
        table = f"read_csv('{path}', nullstr=['', 'NA'])"
        names, values = [], []
        for name, kind, *_ in connection.execute(f"describe from {table}").fetchall():
            c = f'"{name}"'
            each = ["count({c})", "count(*) - count({c})"]
            if kind in ("BIGINT", "INTEGER", "DOUBLE"):
                each += ["avg({c})", "stddev_samp({c})", "min({c})", "max({c})", "quantile_cont({c}, [0.5, 0.95, 0.99])"]
            else:
                each += ["count(distinct {c})"]
            names += [name] * len(each)
            values += [value.format(c=c) for value in each]
        return collect(names, connection.execute(f"select {', '.join(values)} from {table}").fetchone())

    return run, "DuckDB " + duckdb.__version__


def polars_query(path, threads):
    # Read when it is loaded.
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars

    def run():
        table = polars.scan_csv(path, null_values=["", "NA"], infer_schema_length=10_000)
        names, values = [], []
        for name, kind in table.collect_schema().items():
            c = polars.col(name)
            each = [c.count(), c.null_count()]
            if kind.is_numeric():
                each += [c.mean(), c.std(), c.min(), c.max()] + [c.quantile(part, "linear") for part in (0.5, 0.95, 0.99)]
            else:
                each += [c.drop_nulls().n_unique()]
            names += [name] * len(each)
            values += [value.alias(f"{name} {i}") for i, value in enumerate(each)]
        # The streaming engine takes longer here.
        return collect(names, table.select(values).collect(engine="in-memory").row(0))

    return run, "Polars " + polars.__version__


def collect(names, values):
    """The values of each name, lists taken apart."""
    answer = {name: [] for name in names}
    for name, value in zip(names, values):
        answer[name] += value if isinstance(value, list) else [value]
    return answer


QUERIES = {"duckdb": duckdb_query, "polars": polars_query}
FIGURES = {"number": ("count", "missing", "mean", "stddev", "min", "max", "p50", "p95", "p99"), "text": ("count", "missing", "distinct")}


def is_right(answer, path):
    """To a relative 1e-9, as `millrace analyze` is checked."""
    with open(path) as file:
        columns = json.load(file)["columns"]
    return len(columns) == len(answer) and all(
        math.isclose(value, column[figure], rel_tol=1e-9, abs_tol=1e-300)
        for column in columns
        for figure, value in zip(FIGURES[column["type"]], answer[column["name"]], strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=QUERIES)
    parser.add_argument("data", help="the folder of the files and of what numpy says of them")
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--workload")
    parser.add_argument("--case", default="numbers")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    path = os.path.join(options.data, options.case + ".csv")
    run, version = QUERIES[options.peer](path, options.workers)
    if options.version:
        print(version)
        return
    if options.workload != "analyze":
        raise SystemExit(3)
    answer = run()
    wall, cpu, times = time.perf_counter_ns(), time.process_time_ns(), 0
    while times == 0 or time.perf_counter_ns() - wall < 200_000_000:
        answer = run()
        times += 1
    wall, cpu = (time.perf_counter_ns() - wall) // times, (time.process_time_ns() - cpu) // times
    size = os.path.getsize(path)
    verified = is_right(answer, path.removesuffix(".csv") + ".json")
    print(json.dumps({
        "workload": "analyze", "case": options.case, "size": size, "contender": options.peer, "workers": options.workers,
        "verified": verified, "operations": size, "wall_ns": wall, "cpu_ns": cpu,
        "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "figures": {"throughput": size / wall},
    }))
    raise SystemExit(not verified)


main()
