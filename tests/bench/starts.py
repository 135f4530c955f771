"""Starts: listing, digesting and checking a probe, beside an older version of this program.

``python -m tests.bench.starts OLD`` with OLD a checkout of that version. Each time is that of a
fresh process: the first start, and the second one with the store that the first has left.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
_HOURS = 3600 * 10**9
_OLD = """
import sys, time
from pathlib import Path
from study.inputs.probe import open_probe
from study.inputs.settings import ProbeSettings
path = Path(sys.argv[1])
began = time.perf_counter()
probe = open_probe(ProbeSettings(kind="folder"), path=path)
opened = time.perf_counter()
if sys.argv[3] == "check":
    probe.check(range(len(probe)))
print(probe.digest, opened - began, time.perf_counter() - opened)
"""
_NEW = _OLD.replace("path=path)", "path=path, index=ProbeIndex(Path(sys.argv[2])))").replace(
    "import sys,", "from study.inputs.probe_index import ProbeIndex\nimport sys,"
)
_CASES = {"20,000 small files": (20_000, 8), "2,000 photos": (2_000, 375)}


def write_pictures(folder: Path, count: int, side: int) -> Path:
    """Write pictures in twenty folders: noise that a JPEG compresses as it does a photo."""
    generator, moment = np.random.default_rng(0), time.time_ns() - _HOURS
    for number in range(count):
        place = folder / f"{number % 20:02d}" / f"{number:06d}.{'png' if side < 64 else 'jpg'}"
        place.parent.mkdir(parents=True, exist_ok=True)
        coarse = generator.integers(0, 256, (max(8, side // 12), max(8, side // 9), 3), np.uint8)
        size = (side * 4 // 3, side)
        Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(place, quality=90)
        os.utime(place, ns=(moment, moment))
    return folder


def started(code: str, root: Path, *words: str | Path) -> tuple[str, float, float]:
    """Return the probe's digest and the seconds of opening and of decoding it."""
    said = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    digest, opening, checking = said.stdout.split()
    return digest, float(opening), float(checking)


def main(old: Path) -> None:
    """Print both sides for each case."""
    with tempfile.TemporaryDirectory() as folder:
        for number, (case, (count, side)) in enumerate(_CASES.items()):
            path = write_pictures(Path(folder) / str(number), count, side)
            store = Path(folder) / f"store{number}"
            # The old program decodes all before the first run; the new one as the networks do.
            rows = {
                "old, first start": started(_OLD, old, path, store, "check"),
                "new, first start": started(_NEW, ROOT, path, store, "open"),
                "old, second start": started(_OLD, old, path, store, "open"),
                "new, second start": started(_NEW, ROOT, path, store, "open"),
            }
            assert len({digest for digest, _, _ in rows.values()}) == 1, "one probe, one digest"
            for row, (_, opening, checking) in rows.items():
                line = f"{case}: {row}: opened in {opening:.2f} s, checked in {checking:.2f} s"
                sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
