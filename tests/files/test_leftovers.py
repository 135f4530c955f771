"""Hidden folders of killed runs are removed by the next run; those of others are not touched."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from study.files import leftovers
from study.files.output import output_folder
from tests import ROOT

KILLED = """
import sys, time
from pathlib import Path
from study.files.output import output_folder
with output_folder(Path(sys.argv[1])) as folder:
    (folder / "half.txt").write_text("half")
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_killed_run_s_folder_is_gone_after_the_next_run(tmp_path: Path) -> None:
    out = tmp_path / "out[1]"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(out)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    hidden = Path(process.stdout.readline().strip())
    with output_folder(out) as folder:
        (folder / "whole.txt").write_text("whole")
    assert hidden.is_dir(), "its process is running"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with output_folder(out) as folder:
        (folder / "whole.txt").write_text("again")
    assert not hidden.exists()
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("name", [".out.kept", ".out.0a0a0a0a-1-x", ".other.", "out.txt"])
def test_other_folders_stay(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    own = tmp_path / (leftovers.prefix("out") + "now")
    own.mkdir()
    old = time.time() - 10**7
    os.utime(tmp_path / name, (old, old))
    leftovers.sweep(tmp_path, "out")
    assert (tmp_path / name).is_dir()
    assert own.is_dir()
