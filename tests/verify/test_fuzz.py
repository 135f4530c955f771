"""Nothing that is submitted makes the checks crash or hang: every answer is 0, 1, 2 or 3.

A failure names the seed and the case, and ``STUDY_SEED=SEED`` repeats it.
"""

import csv
import io
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from study.command import guarded
from study.comparison.analysis import analyse
from study.dissection.run import load_runs
from study.dissection.table import Dissection, Layer
from study.report import pdf
from study.report.attachments import evidence, report_manifest
from study.verify.__main__ import main
from study.verify.report import verify_report
from tests import ROOT

THOROUGH = os.environ.get("STUDY_PROFILE") == "thorough"
SEED = int(os.environ["STUDY_SEED"])
COUNTS = {"csv": 700, "toml": 700, "folder": 400, "pdf": 300}
SHARE = 1.0 if THOROUGH else 0.03
SECONDS = 10
TOKENS = [b"\x00", b'"', b",", b"\n", b"\r", b"nan", b"1e999", b"-1", b"[[", b"]]", b"= ", b"'''"]
TOKENS += ["\ufeff".encode(), "\u202e".encode(), "é".encode("latin-1"), b"9" * 400, b"a" * 200_000]
CLAIMS = ROOT / "fixtures" / "verify" / "imagenet-places365-claims.toml"
KNOWN = ROOT / "study" / "verify" / "reading" / "known.toml"
PAGE = '<html lang="en"><title>Study</title><p>We found 24 dotted units in the table.</p>'

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # WeasyPrint leaves a colour profile open
)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Flip, cut, repeat, move and insert, one to six times."""
    for _ in range(chance.randint(1, 6)):
        size = len(data)
        a, b = sorted(chance.randrange(size + 1) for _ in range(2))
        b = min(b, a + chance.choice([1, 2, 10, 300, size]))
        change = chance.randrange(6)
        if change == 0 and a < size:
            data = data[:a] + bytes([chance.randrange(256)]) + data[a + 1 :]
        elif change == 1:
            data = data[:a] + data[b:]
        elif change == 2:
            data = data[:b] + data[a:b] * chance.choice([1, 2, 5]) + data[b:]
        elif change == 3:
            data = data[:a]
        else:
            data = data[:a] + chance.choice(TOKENS) + data[a:]
        data = data[:2_000_000]
    return data


def table(chance: random.Random, units: int = 60) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["layer", "unit", "description", "similarity"])
    for layer in ("layer2", "layer3", "layer4"):
        words = [f"w{chance.randrange(25)}" for _ in range(units)]
        writer.writerows([layer, n, word, chance.random()] for n, word in enumerate(words))
    return out.getvalue().encode()


@pytest.fixture(scope="module")
def true_pdf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("true")
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        labels = tuple(rng.choice(["dotted", "cat", "sky"], 8).tolist())
        layer = Layer("layer4", labels, rng.uniform(0, 0.5, 8))
        (folder / name).mkdir()
        Dissection(name, (layer,)).write_csv(folder / name / "descriptions.csv")
    runs = load_runs([folder / "one", folder / "two"])
    results = analyse(runs, permutations=20)
    return pdf.write(
        PAGE, evidence(runs, results, report_manifest(runs, given=None, command=None))
    )[0]


def fuzz_csv(chance: random.Random, folder: Path) -> list[str]:
    whole = table(chance)
    for name in ("a", "b"):
        (folder / name).mkdir()
        data = damaged(whole, chance) if name == "b" or chance.random() < 0.3 else whole
        (folder / name / "descriptions.csv").write_bytes(data)
    if chance.random() < 0.3:
        args = damaged(b'{"target_model": "resnet18", "target_layers": ["layer2"]}', chance)
        (folder / "b" / "args.txt").write_bytes(args)
    if chance.random() < 0.2:
        (folder / "b" / "labels.csv").write_bytes(damaged(whole, chance))
    if chance.random() < 0.2:
        (folder / "b" / "manifest.json").write_bytes(damaged(b'{"network": {"name": "x"}}', chance))
    return ["runs", str(folder / "a"), str(folder / "b"), "--json", str(folder / "verdict.json")]


VALUES = ['""', '"layer9"', "-1", "1e999", "nan", "true", "[]", '["a", 3]', '"about ~ 12 %"', "{}"]
VALUES += ['"374"', '"0.233"', '"layer2"', '"ImageNet"', '["dotted"]', "12", "0.5", '"over 3"']


def other_values(data: bytes, chance: random.Random) -> bytes:
    """Put other values of every type into a TOML file that stays one."""
    lines = data.decode().splitlines()
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(lines))
        key, equals, _ = lines[place].partition(" = ")
        if equals and key != "schema":
            lines[place] = key + equals + chance.choice(VALUES)
    return "\n".join(lines).encode()


def fuzz_toml(chance: random.Random, folder: Path) -> list[str]:
    for name in ("imagenet", "places"):
        (folder / name).mkdir()
        (folder / name / "descriptions.csv").write_bytes(table(chance, 20))
    change = chance.choice([damaged, other_values])
    (folder / "claims.toml").write_bytes(change(CLAIMS.read_bytes(), chance))
    runs = [str(folder / name) for name in ("imagenet", "places")]
    rerun = ["--rerun"] if chance.random() < 0.5 else []
    return ["claims", str(folder / "claims.toml"), *rerun, "--runs", *runs]


def fuzz_folder(chance: random.Random, folder: Path) -> list[str]:
    root = folder / "team"
    pieces = {
        "descriptions.csv": table(chance, 30),
        "args.txt": b'{"target_model": "resnet18_places", "d_probe": "broden"}',
        "manifest.json": json.dumps({"probe": {"images": 3}, "network": {"weights": "x"}}).encode(),
        "README.md": b"# Report\n![x](a.png) ImageNet learned 374 unique concepts. " * 4,
        "a.png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x02\x00",
        "b.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)),
        "c.gif": b"GIF89a\xff\xff\xff\xff\x80\x00\x00" + bytes(300),
        "report.pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>",  # noqa: E501
    }
    for place in ("imagenet", "places", "deep/er"):
        for name, data in pieces.items():
            rare = name == "report.pdf" and chance.random() < 0.9
            if chance.random() < 0.6 and not rare:
                path = root / place / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(damaged(data, chance) if chance.random() < 0.7 else data)
    root.mkdir(exist_ok=True)
    known = []
    if chance.random() < 0.3:
        change = chance.choice([damaged, other_values])
        (folder / "known.toml").write_bytes(change(KNOWN.read_bytes(), chance))
        known = ["--known", str(folder / "known.toml")]
    return ["submission", str(root), *known, "--junit", str(folder / "verdict.xml")]


MAKERS = {"csv": fuzz_csv, "toml": fuzz_toml, "folder": fuzz_folder}


def spent() -> float:
    """Processor seconds of this process and of the readers that it started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def answered(case: str, ask: Callable[[], int]) -> int:
    """The exit code, which must be one of ours, soon enough."""
    started = spent()
    try:
        code = ask()
    except BaseException:
        sys.stderr.write(f"seed {SEED}, {case}\n")
        raise
    assert code in (0, 1, 2, 3), f"seed {SEED}, {case}"
    assert spent() - started < SECONDS, f"seed {SEED}, {case}"
    return code


@pytest.mark.parametrize("kind", MAKERS)
def test_damaged_input_is_answered(kind, tmp_path, capsys):
    codes: Counter[int] = Counter()
    for number in range(int(COUNTS[kind] * SHARE)):
        folder = tmp_path / str(number)
        folder.mkdir()
        words = MAKERS[kind](random.Random(f"{SEED} {kind} {number}"), folder)
        codes[answered(f"{kind} {number}", lambda: main(words))] += 1  # noqa: B023
        capsys.readouterr()
    reached = len(codes) > 1 or kind == "folder"  # a damaged folder always shows a defect
    assert reached, f"seed {SEED}: only {codes}: the damage does not reach the checks"


def test_damaged_reports_are_answered(true_pdf, tmp_path):
    path = tmp_path / "report.pdf"
    for number in range(int(COUNTS["pdf"] * SHARE)):
        path.write_bytes(damaged(true_pdf, random.Random(f"{SEED} pdf {number}")))
        check = lambda: int(verify_report(path, maker=lambda _: true_pdf).exit)  # noqa: E731
        answered(f"pdf {number}", lambda: guarded(check))  # noqa: B023


LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def peak(command: list[str], environment: dict[str, str] | None = None) -> tuple[int, int]:
    """Exit code of a command, and the KiB that it or one of its children held at most.

    A process that is started takes over the high-water mark of the one that starts it (Linux keeps
    it across fork and exec), and this one may hold gigabytes of other tests. A small one between
    the two has a low mark of its own to hand on.
    """
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
    told = subprocess.run(launcher, env=environment, capture_output=True, text=True, check=True)
    code, kib = told.stdout.split()
    return int(code), int(kib) // (1024 if sys.platform == "darwin" else 1)  # macOS counts bytes


def test_the_peak_is_that_of_the_command_alone():
    """Not what the process that measures has held before, which CI's had."""
    held = bytearray(b"x") * (512 << 20)
    code, kib = peak([sys.executable, "-c", "raise SystemExit(3)"])
    assert code == 3
    assert kib < 200 << 10 < len(held) >> 10
    del held
    grown = "x = bytearray(b'x') * (400 << 20)"
    assert peak([sys.executable, "-c", grown])[1] > 400 << 10
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grown!r}])"
    assert peak([sys.executable, "-c", inner])[1] > 400 << 10


def test_memory_stays_below_a_gigabyte():
    """The same damage in a process of its own: this one may have run other tests before."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "answered", __file__]
    code, kib = peak([sys.executable, "-m", "pytest", *arguments], environment)
    assert code == 0, f"seed {SEED}"
    assert kib < 1 << 20, f"{kib} KiB"
