"""Whatever stops a run, the same command resumes it and ends with the same bytes."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from study.command import INTERRUPTED
from study.errors import StudyError
from study.files.output import check_replaceable
from study.pipeline import shards
from study.pipeline.store import Entry, Store
from tests.small_study import change, contents, run

KILLS = 25 if os.environ.get("STUDY_PROFILE") == "thorough" else 3
SEED = int(os.environ["STUDY_SEED"])

RUN = """
    import os, signal, sys, threading, time
    from study.__main__ import main
    from study.pipeline import passes, shards
    import study.report.charts, study.progress
    shards.SHARD = 4
    how, moment, *words = sys.argv[1:]
    started = time.process_time()  # not the clock's: the machine may be busy, or no longer
    def kill():
        while time.process_time() - started < float(moment):
            time.sleep(0.005)
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "kill":
        threading.Thread(target=kill, daemon=True).start()
    if how == "interrupt":
        # A parent that runs in the background may have had it ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        before = passes.forward
        def forward(inputs, networks, shard, **given):
            if shard[0] >= int(moment):
                os.kill(os.getpid(), signal.SIGINT)
            return before(inputs, networks, shard, **given)
        passes.forward = forward
    from study.pipeline.store import Entry
    written, stored = Entry.write, []
    def write(*given):
        written(*given)
        stored.append(time.process_time() - started)
    Entry.write = write
    code = main([os.environ.get("VERB", "run"), "study.toml", *words])
    print(max(stored, default=0.0), time.process_time() - started)
    sys.exit(code)
"""


def start(
    study: Path, how: str, moment: float, out: str, store: str = "", *, verb: str = "run"
) -> Any:
    """Run the command in shards of four images, to be stopped at a moment of its work."""
    words = ["--out", out, "--store", store or f"store-{out}"]
    words += ["--format", "html"] if verb == "report" else []
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(RUN), how, str(moment), *words],
        cwd=study,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "VERB": verb},
    )


def test_a_killed_run_ends_with_the_bytes_of_an_uninterrupted_one(study: Path) -> None:
    """SIGKILL at seeded moments of the work itself, after the imports; each run is resumed."""
    uninterrupted = start(study, "whole", 0, "whole")
    assert uninterrupted.returncode == 0, uninterrupted.stderr
    stored, seconds = map(float, uninterrupted.stdout.split())
    complete = len(contents(study / "store-whole"))
    whole = contents(study / "whole")
    rng, progress, killed = random.Random(SEED), set(), 0
    for number in range(KILLS):
        out = f"out{number}"
        # One moment in each stretch of the run, so that few kills reach all of it too; most while
        # the store is filled, which is the part that another run takes over.
        within, most = number + rng.random(), -(-2 * KILLS // 3)
        moment = within / most * stored
        if number >= most:
            moment = stored + (within - most) / (KILLS - most) * (seconds - stored)
        stopped = start(study, "kill", moment, out)
        assert stopped.returncode in {0, -signal.SIGKILL}, stopped.stderr
        killed += stopped.returncode != 0
        progress.add(len(contents(study / f"store-{out}")))
        resumed = start(study, "whole", 0, out)
        assert resumed.returncode == 0, resumed.stderr
        assert contents(study / out) == whole
        assert contents(study / f"store-{out}") == contents(study / "store-whole")
    assert killed >= KILLS // 2, "the moments should lie inside the run"
    assert len(progress | {complete}) > min(KILLS, 6) // 2, "kills should fall on different shards"


def test_a_killed_report_leaves_the_old_folder_or_the_new_one(study: Path) -> None:
    """SIGKILL at seeded moments, most of them late, where the folder is exchanged."""
    before = start(study, "whole", 0, "old/out", "store", verb="report")
    assert before.returncode == 0, before.stderr
    change(study, 'title = "Small"', 'title = "Smaller"')
    whole = start(study, "whole", 0, "new/out", "store", verb="report")
    assert whole.returncode == 0, whole.stderr
    old, new = (contents(study / name / "out") for name in ("old", "new"))
    assert old != new
    seconds = float(whole.stdout.split()[-1])
    rng, killed = random.Random(SEED), 0
    for number in range(KILLS):
        shutil.rmtree(study / "out", ignore_errors=True)
        shutil.copytree(study / "old" / "out", study / "out")
        moment = seconds * (1 - rng.random() ** 3 / 2 + 0.02)
        stopped = start(study, "kill", moment, "out", "store", verb="report")
        killed += stopped.returncode == -signal.SIGKILL
        check_replaceable(study / "out")  # as the next run does first
        assert contents(study / "out") in (old, new), number
        resumed = start(study, "whole", 0, "out", "store", verb="report")
        assert resumed.returncode == 0, resumed.stderr
        assert contents(study / "out") == new
    assert killed >= KILLS // 3, "the moments should lie inside the run"


def test_ctrl_c_is_one_line_and_the_same_command_resumes(study: Path) -> None:
    stopped = start(study, "interrupt", 8, "out")
    assert stopped.returncode == INTERRUPTED
    assert "Traceback" not in stopped.stderr
    last = stopped.stderr.splitlines()[-1]
    assert re.fullmatch(r"study: interrupted; .* run the same command again to resume", last)
    assert not (study / "out").exists()
    # Two shards of four layers and of checked images, and the words; each shard is two files, and
    # each entry has a record and a list of studies.
    assert len(contents(study / "store-out")) == 5 * (2 * 2 + 2) + (2 + 2)
    assert not [path for path in study.iterdir() if path.name.startswith(".out")]
    resumed = start(study, "whole", 0, "out")
    assert resumed.returncode == 0
    assert "activations: 32 images (8 kept from before)" in resumed.stderr


@pytest.mark.parametrize("kind", ["activations", "concept-features", "image-features"])
def test_a_disk_that_fills_up_leaves_no_corrupt_entry(
    study: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write of this kind is cut short by a full disk; with room the run resumes."""
    monkeypatch.setattr(shards, "SHARD", 8)
    whole = contents(run(study, "whole"))
    (study / "store").rename(study / "kept")
    write, room = Entry.write, iter(range(2 if kind != "concept-features" else 0))
    with monkeypatch.context() as patch:

        def filling(entry: Entry, *given: object) -> None:
            if entry.kind == kind and next(room, None) is None:
                patch.setattr(os, "fsync", _full)
            write(entry, *given)

        patch.setattr(Entry, "write", filling)
        with pytest.raises(StudyError, match="the disk is full; free some space"):
            run(study)
    assert not (study / "out").exists()
    assert not (study / "store" / ".part").exists()
    assert contents(study / "store").items() <= contents(study / "kept").items()
    before = kind != "concept-features"  # which are computed first
    assert bool(Store(study / "store").entries()) == before
    assert contents(run(study)) == whole


def _full(handle: int) -> None:
    os.ftruncate(handle, os.fstat(handle).st_size // 2)
    raise OSError(28, os.strerror(28))


def test_two_runs_at_once_leave_what_one_leaves(study: Path) -> None:
    alone = start(study, "whole", 0, "whole")
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda out: start(study, "whole", 0, out, "shared"), ("a", "b")))
    assert [run.returncode for run in (alone, *both)] == [0, 0, 0], [run.stderr for run in both]
    for out in ("a", "b"):
        assert contents(study / out) == contents(study / "whole")
