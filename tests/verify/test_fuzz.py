"""Nothing that is submitted makes the checks crash or hang: every answer is 0, 1, 2 or 3.

A failure names the seed and the case, and ``STUDY_SEED=SEED`` repeats it.
"""

import itertools
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

import pytest

from study.command import guarded
from study.comparison.analysis import analyse
from study.dissection.loaded import load_runs
from study.report import pdf
from study.report.attachments import evidence, report_manifest
from study.verify.__main__ import main
from study.verify.report import verify_report
from tests import ROOT
from tests.verify.faults.base import text, two_runs

THOROUGH = os.environ.get("STUDY_PROFILE") == "thorough"
SEED = int(os.environ["STUDY_SEED"])
SHARE = 1.0 if THOROUGH else 0.03
SECONDS = 10
TOKENS = [b"\x00", b'"', b",", b"\n", b"\r", b"nan", b"1e999", b"-1", b"[[", b"]]", b"= ", b"'''"]
TOKENS += ["\ufeff".encode(), "\u202e".encode(), b"\xe9", b"9" * 400, b"a" * 200_000]
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
        changes = [
            data[:a] + bytes([chance.randrange(256)]) + data[a + 1 :],
            data[:a] + data[b:],
            data[:b] + data[a:b] * chance.choice([1, 2, 5]) + data[b:],
            data[:a],
            data[:a] + chance.choice(TOKENS) + data[a:],
        ]
        data = chance.choice([*changes, changes[-1]])[:2_000_000]
    return data


def table(chance: random.Random, units: int = 60) -> bytes:
    places = itertools.product(("layer2", "layer3", "layer4"), range(units))
    return text((*at, f"w{chance.randrange(25)}", chance.random()) for at in places).encode()


@pytest.fixture(scope="module")
def true_pdf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("true")
    runs = load_runs(two_runs(folder, ("dotted", "cat", "sky"), ("layer4",), 8))
    manifest = report_manifest(runs, given=None, command=None)
    return pdf.write(PAGE, evidence(runs, analyse(runs, permutations=20), manifest))[0]


def fuzz_csv(chance: random.Random, folder: Path) -> list[str]:
    whole = table(chance)
    files = {
        "a/descriptions.csv": damaged(whole, chance) if chance.random() < 0.3 else whole,
        "b/descriptions.csv": damaged(whole, chance),
    }
    beside = {"labels.csv": whole, "manifest.json": b'{"network": {"name": "x"}}'}
    beside["args.txt"] = b'{"target_model": "resnet18", "target_layers": ["layer2"]}'
    files |= {f"b/{x}": damaged(y, chance) for x, y in beside.items() if chance.random() < 0.25}
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
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
    runs = [folder / name for name in ("imagenet", "places")]
    for run in runs:
        run.mkdir()
        (run / "descriptions.csv").write_bytes(table(chance, 20))
    change = chance.choice([damaged, other_values])
    (folder / "claims.toml").write_bytes(change(CLAIMS.read_bytes(), chance))
    rerun = ["--rerun"] if chance.random() < 0.5 else []
    return ["claims", str(folder / "claims.toml"), *rerun, "--runs", *map(str, runs)]


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
    change = chance.choice([damaged, other_values])
    (folder / "known.toml").write_bytes(change(KNOWN.read_bytes(), chance))
    known = ["--expect", str(folder / "known.toml")] if chance.random() < 0.3 else []
    return ["submission", str(root), *known, "--junit", str(folder / "verdict.xml")]


MAKERS = {"csv": (fuzz_csv, 700), "toml": (fuzz_toml, 700), "folder": (fuzz_folder, 400)}
"""What makes damaged input of a kind, and how often the thorough profile does."""
REPORTS = 300


def spent() -> float:
    """Processor seconds of this process and of the readers that it started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def answered(case: str, ask: Callable[[], int]) -> int:
    """The exit code, which must be one of ours, soon enough."""
    started = spent()
    try:
        code = ask()
        assert code in (0, 1, 2, 3)
        assert spent() - started < SECONDS
    except BaseException as error:
        error.add_note(f"seed {SEED}, {case}")
        raise
    return code


@pytest.mark.parametrize("kind", MAKERS)
def test_damaged_input_is_answered(kind, tmp_path, capsys):
    codes: Counter[int] = Counter()
    make, count = MAKERS[kind]
    for number in range(int(count * SHARE)):
        folder = tmp_path / str(number)
        folder.mkdir()
        words = make(random.Random(f"{SEED} {kind} {number}"), folder)
        codes[answered(f"{kind} {number}", lambda: main(words))] += 1  # noqa: B023
        capsys.readouterr()
    reached = len(codes) > 1 or kind == "folder"  # a damaged folder always shows a defect
    assert reached, f"seed {SEED}: only {codes}: the damage does not reach the checks"


def test_damaged_reports_are_answered(true_pdf, tmp_path):
    path = tmp_path / "report.pdf"
    for number in range(int(REPORTS * SHARE)):
        path.write_bytes(damaged(true_pdf, random.Random(f"{SEED} pdf {number}")))
        check = lambda: int(verify_report(path, maker=lambda _: true_pdf).exit)  # noqa: E731
        answered(f"pdf {number}", lambda: guarded(check))  # noqa: B023


ALONE = """
import pathlib, pytest, re, sys
code = pytest.main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
sys.exit(code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of one process is read from /proc")
def test_memory_stays_below_a_gigabyte():
    """The same damage in a process of its own: this one may have run other tests before."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "answered", __file__]
    command = [sys.executable, "-c", ALONE, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"seed {SEED}: {done.stdout[-2000:]}"
    assert int(done.stdout.split()[-1]) < 1 << 20, f"{done.stdout.split()[-1]} KiB"
