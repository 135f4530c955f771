"""A made-up class of many submissions: how long it takes, how much memory, and after a kill.

``python -m tests.verify.class_of_many DIR [--count N] [--jobs N]`` writes the class into DIR, with
the tables of the published runs and seeded faults in half of the folders. It verifies the class in
one go, and again with a kill at a random moment, compares the bytes, and prints the figures.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image, ImageDraw

from study.report import pdf
from tests import ROOT
from tests.verify.faults import base, folders, honest, submissions, texts
from tests.verify.faults.base import Base

KINDS = [kind for kind in (*submissions.KINDS, *texts.KINDS) if "PDF" not in kind.name]


def write(shared: Path, folder: Path, count: int) -> None:
    """Write a class; every second submission has one fault."""
    desk = folder.with_name(f"{folder.name}-desk")
    bases = [_published(shared, desk / name, name) for name in ("published-1", "published-2")]
    folder.mkdir(parents=True)
    for number in range(count):
        rng, place = random.Random(number), desk / str(number)
        study = bases[number % 2]
        if number % 2 or KINDS[number // 2 % len(KINDS)].plant(rng, study, place) is None:
            root = folders.hand_in(rng, study, place)
            if number % 3:
                for name, rows in study.numbers.tables.items():
                    folders.put(study, root, name, honest.noisy(rng, rows))
        else:
            root = max(place.rglob("team"), key=lambda path: path.parent.name)
        _figure(rng, root / "overview.png")
        if number % 4 == 1:
            _report(rng, study, root)
        root.rename(folder / f"Student {number:03}_{number:05}_assignsubmission_file_")
    shutil.rmtree(desk)


def _published(shared: Path, folder: Path, name: str) -> Base:
    study = base.published(shared, folder)
    for run in study.runs.values():
        source = shared / "reference-runs" / name / run / "descriptions.csv"
        shutil.copyfile(source, folder / run / "descriptions.csv")
    return study


def _figure(rng: random.Random, path: Path) -> None:
    """A larger picture, as students export them."""
    image = Image.new("RGB", (1600, 1200), "white")
    pen = ImageDraw.Draw(image)
    for left in range(50, 1550, 15):
        top = rng.randint(100, 1100)
        pen.rectangle((left, top, left + 11, 1150), fill=(rng.randrange(256), 119, 180))
    image.save(path)


def _report(rng: random.Random, study: Base, root: Path) -> None:
    paragraphs = folders.readme(rng, study.numbers, []).splitlines()
    html = "".join(f"<p>{line.strip('#*- ')}</p>" for line in paragraphs if line)
    text = f'<html lang="en"><title>Report</title>{html}'
    (root / "report.pdf").write_bytes(pdf.write(text, {"note.csv": b"a\n1\n"})[0])


def measure(folder: Path, jobs: int) -> dict[str, object]:
    """Verify a class in one go, and in two with a kill between; return the figures."""
    whole, again = (folder.with_name(f"{folder.name}-{name}") for name in ("whole", "killed"))
    command = [sys.executable, "-m", "study.verify", "class", str(folder), "--jobs", str(jobs)]
    started = time.perf_counter()
    first = subprocess.Popen([*command, "--out", str(whole)], cwd=ROOT, stdout=subprocess.DEVNULL)
    peak = 0
    while first.poll() is None:
        peak = max(peak, _resident(first.pid))
        time.sleep(0.1)
    seconds = time.perf_counter() - started
    total = sum(path.is_dir() for path in folder.iterdir())
    wanted = random.SystemRandom().randrange(1, total * 9 // 10)
    kept = again.with_name(f".{again.name}.finished")
    broken = subprocess.Popen([*command, "--out", str(again)], cwd=ROOT, stdout=subprocess.DEVNULL)
    while broken.poll() is None and len(list(kept.glob("*.json"))) < wanted:
        time.sleep(0.05)
    broken.kill()
    broken.wait()
    before = len(list(kept.glob("*.json")))
    started = time.perf_counter()
    subprocess.run(
        [*command, "--out", str(again)], cwd=ROOT, stdout=subprocess.DEVNULL, check=False
    )
    resumed = time.perf_counter() - started
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    counts = json.loads((whole / "class.json").read_text(encoding="utf-8"))["counts"]
    return {
        "submissions": sum(counts.values()),
        "counts": counts,
        "jobs": jobs,
        "seconds": round(seconds, 1),
        "peak MB, all processes": round(peak / 1e6),
        "peak MB, largest process": round(largest / 1e3),
        "finished at the kill": before,
        "resumed in s": round(resumed, 1),
        "equal bytes": _bytes(whole) == _bytes(again),
        "page MB": round((whole / "class.html").stat().st_size / 1e6, 2),
    }


def _resident(process: int) -> int:
    """Return the bytes of memory of a process and all below it; shared pages count in each."""
    total, waiting = 0, [process]
    while waiting:
        number = waiting.pop()
        try:
            pages = Path(f"/proc/{number}/statm").read_text(encoding="ascii").split()[1]
            total += int(pages) * os.sysconf("SC_PAGE_SIZE")
            for task in Path(f"/proc/{number}/task").iterdir():
                waiting += map(int, (task / "children").read_text(encoding="ascii").split())
        except OSError:
            continue
    return total


def _bytes(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.verify.class_of_many")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if not options.folder.exists():
        write(Path(os.environ.get("STUDY_SHARED", "../shared")), options.folder, options.count)
    print(json.dumps(measure(options.folder, options.jobs), indent=1))


if __name__ == "__main__":
    main()
