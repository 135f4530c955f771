"""Shards on executors and on a Dask cluster: the bytes of a local run, whatever happens to them."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from study.__main__ import main
from study.errors import StudyError
from study.inputs.study_file import read_study
from study.pipeline import shards
from study.pipeline.shards import Opening, Workers, check, versions
from tests.small_study import change, contents, run

SPAWN = get_context("spawn")


@pytest.fixture
def small(study: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shards, "SHARD", 8)
    return study


def opening(study: Path) -> Opening:
    return Opening(read_study(str(study / "study.toml")))


def on(study: Path, executor, out: str, **given) -> Path:
    workers = Workers(executor, opening(study), **given)
    return run(study, out, store=study / f"store-{out}", workers=workers)


def test_an_executor_gives_the_bytes_of_a_local_run(small: Path) -> None:
    local = run(small, "local", store=small / "store-local")
    with ThreadPoolExecutor(3) as threads:
        assert contents(on(small, threads, "threads")) == contents(local)
    with ProcessPoolExecutor(2, mp_context=SPAWN) as processes:
        assert contents(on(small, processes, "processes")) == contents(local)
    for other in ("threads", "processes"):
        assert contents(small / f"store-{other}") == contents(small / "store-local")


def test_networks_in_memory_run_on_threads_and_are_refused_elsewhere(small: Path) -> None:
    local = run(small, "local", store=small / "store-local")
    with ThreadPoolExecutor(2) as threads:
        there = run(small, "there", store=small / "store-there", workers=Workers(threads))
    assert contents(there) == contents(local)
    refused = pytest.raises(StudyError, match=r"in memory and cannot be sent .* of threads")
    with ProcessPoolExecutor(1, mp_context=SPAWN) as processes, refused:
        run(small, "no", store=small / "store-no", workers=Workers(processes))


class Last:
    """An executor that loses everything after some shards."""

    def __init__(self, shards_done: int) -> None:
        self.left = shards_done

    def submit(self, call, *given):
        future: Future = Future()
        if self.left == 0:
            future.cancel()
        else:
            self.left -= 1
            future.set_result(call(*given))
        return future


def test_what_is_finished_stays_when_the_workers_are_lost(small: Path, monkeypatch) -> None:
    whole = run(small, "whole", store=small / "store-whole")
    with pytest.raises(StudyError, match=r"workers are lost \(CancelledError\).*run the same"):
        on(small, Last(3), "half")
    assert not (small / "half").exists()
    done: list[shards.Shard] = []
    before = shards.done
    monkeypatch.setattr(
        shards,
        "done",
        lambda inputs, shard, **given: done.append(shard) or before(inputs, shard, **given),
    )
    assert contents(run(small, "half", store=small / "store-half")) == contents(whole)
    images = [image for shard in done if shard.places for image in shard.positions]
    assert sorted(images) == list(range(24, 40))


def test_a_worker_that_would_compute_something_else_is_refused() -> None:
    own = versions()
    check(own, own, "there")
    other = tuple((k, "0.1" if k == "pillow" else v) for k, v in own)
    with pytest.raises(StudyError, match=r"worker there: pillow: expected .*, as here, found 0.1"):
        check(other, own, "there")


def test_a_worker_whose_files_differ_names_itself(small: Path) -> None:
    class Changed(Last):
        def submit(self, call, *given):
            change(small, "random:1", "random:9") if self.left == 99 else None
            self.left = 1
            (task,) = given
            there = Opening(read_study(str(small / "study.toml")))
            return super().submit(call, shards.Task(there, task.identity, task.shard, task.batch))

    with pytest.raises(StudyError, match=r"worker .*, process \d+: network One: expected .*found"):
        on(small, Changed(99), "other")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("local:0", "expected tcp://HOST:PORT of a Dask scheduler or local:N, found 'local:0'"),
        ("host:8786", "expected tcp://HOST:PORT"),
        ("tcp://127.0.0.1:1", "nobody answers at tcp://127.0.0.1:1"),
    ],
)
def test_a_bad_address_is_one_line(study: Path, capsys, monkeypatch, address, said) -> None:
    monkeypatch.setattr("study.pipeline.cluster._PATIENCE", "1s")
    monkeypatch.chdir(study)
    words = ["run", "study.toml", "--out", "out", "--store", "store", "--cluster", address]
    assert main(words) == 2
    err = [line for line in capsys.readouterr().err.splitlines() if line.startswith("study:")]
    assert len(err) == 1
    assert said in err[0]
    assert not (study / "out").exists()


def test_without_dask_one_line_says_what_to_install(study: Path, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.chdir(study)
    assert main(["run", "study.toml", "--out", "out", "--cluster", "local:2"]) == 2
    assert "--cluster needs Dask: pip install 'study[cluster]'" in capsys.readouterr().err


def command(study: Path, out: str, *words: str) -> list[str]:
    given = ["run", "study.toml", "--out", out, "--store", f"store-{out}", *words]
    code = "import sys; from study.pipeline import shards; shards.SHARD = 4; from study.__main__ "
    code += "import main; sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-c", code, *given]


def done_by(study: Path, out: str, *words: str) -> str:
    process = subprocess.run(
        command(study, out, *words),
        cwd=study,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    assert "Traceback" not in process.stderr
    return process.stderr


def test_a_dask_cluster_gives_the_bytes_of_a_local_run_though_a_worker_is_killed(
    study: Path,
) -> None:
    """A scheduler and two workers in processes and folders of their own; one worker dies."""
    done_by(study, "local")
    done_by(study, "here", "--cluster", "local:2")
    assert contents(study / "here") == contents(study / "local")
    with cluster(study) as (address, workers):
        killer = threading.Timer(3.0, lambda: os.kill(workers[0].pid, signal.SIGKILL))
        killer.start()
        done_by(study, "there", "--cluster", address)
        killer.join()
        assert workers[0].wait(10) == -signal.SIGKILL
    assert contents(study / "there") == contents(study / "local")


class cluster:
    """A scheduler and two workers, each a process with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes, self.readers = folder, [], []

    def __enter__(self):
        code = "from distributed.cli.dask_scheduler import main; main()"
        scheduler = self._start(code, "--port", "0", "--no-dashboard", "--host", "127.0.0.1")
        address = ""
        for line in scheduler.stderr:
            if match := re.search(r"Scheduler at:\s+(tcp://\S+)", line):
                address = match[1]
                break
        self._read(scheduler)
        code = "from distributed.cli.dask_worker import main; main()"
        workers = []
        for number in range(2):
            place = self.folder / f"worker-{number}"
            words = (address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
            workers.append(self._start(code, *words, "--local-directory", str(place)))
            self._read(workers[-1])
        time.sleep(1)
        return address, workers

    def _start(self, code: str, *words: str):
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-c", code, *words],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        for thread in self.readers:
            thread.join()
        for process in self.processes:
            process.stderr.close()

    def _read(self, process) -> None:
        """Take what it writes, so that it never waits for a reader."""
        self.readers.append(threading.Thread(target=process.stderr.read, daemon=True))
        self.readers[-1].start()
