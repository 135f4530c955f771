"""A class: every submission is judged, none stops the others, and a kill costs nothing."""

import base64
import csv
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

from study.errors import Exit, StudyError
from study.verify.__main__ import main
from study.verify.cohort import verify_class
from study.verify.cohort.class_table import _wide
from study.verify.cohort.in_common import likenesses
from study.verify.cohort.judging import Settings
from study.verify.cohort.members import find_members, slugs_of
from study.verify.cohort.record import Record, unread
from study.verify.cohort.workers import Lost, spread
from study.verify.submission import verify_submission
from tests import ROOT
from tests.conftest import PROFILE, SEED
from tests.verify import class_of_five
from tests.verify.faults import base

CONCEPTS = ROOT / "fixtures" / "miniature" / "concepts.txt"
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a\nforged  ok",
    "x" * 200,
    "safe\u202egnp.exe",
    "caf\u00e9",
    "cafe\u0301",
    "con",
    "CON ",
    "=1+1",
    "张伟",
    "b'); --",
    'a&b "c"',
    "all",
)


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return class_of_five.write(tmp_path_factory.mktemp("class") / "five")


@pytest.fixture(scope="module")
def done(five: Path) -> Path:
    """The products of the class of five."""
    out = five.parent / "done"
    assert main(["class", str(five), "--out", str(out), "--concepts", str(CONCEPTS)]) == Exit.FAILED
    return out


def products(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def small(folder: Path, text: str = "") -> Path:
    """A submission that is read at once."""
    chance = random.Random(os.fsencode(folder.name))
    words = [f"w{chance.randrange(30)}" for _ in range(40)]
    for name in ("one", "two"):
        rows = [("layer1", n, word, chance.random()) for n, word in enumerate(words)]
        base.write(rows, folder / name / "descriptions.csv")
        words = words[::-1]
    (folder / "README.md").write_text(text or f"# Report of {os.fsencode(folder.name)!a}\n")
    return folder


def status(out: Path) -> dict[str, str]:
    document = json.loads((out / "class.json").read_text())
    return {each["name"]: each["status"] for each in document["submissions"]}


def test_each_of_the_five_has_its_defect_and_the_sound_one_has_none(five: Path, done: Path) -> None:
    document = json.loads((done / "class.json").read_text())
    causes = {
        each["name"]: {cause["cause"] for cause in each["verdict"]["causes"]}
        for each in document["submissions"]
    }
    assert set(causes) == {*class_of_five.DEFECTS, class_of_five.SOUND}
    assert causes[class_of_five.SOUND] == set()
    for name, (_, cause) in class_of_five.DEFECTS.items():
        assert cause in causes[name], name
    assert document["exit"] == 1
    assert document["counts"]["defects"] == 5


def test_every_verdict_is_that_of_verify_submission(five: Path, done: Path) -> None:
    from study.comparison.word_lists import read_list

    for folder in filter(Path.is_dir, five.iterdir()):
        alone = verify_submission(folder, lists=[read_list(CONCEPTS)])
        written = (done / "submissions" / folder.name.lower() / "verdict.json").read_text()
        assert written == alone.dumps()


def test_the_table_has_a_row_for_each(done: Path) -> None:
    rows = list(csv.DictReader((done / "class.csv").read_text().splitlines()))
    assert [row["name"] for row in rows] == ["Ada", "Blaise", "Carla", "Dmitri", "Emmy", "Francis"]
    ada = rows[0]
    assert (ada["exit"], ada["findings"], ada["first_cause"]) == ("1", "2", "names_swapped")
    assert ada["findings_by_kind"] == "number_against_table 2"
    assert [ada[f"claims_{n}"] for n in ("hold", "differ", "undecided")] == ["2", "2", "0"]
    assert (rows[5]["exit"], rows[5]["findings"], rows[5]["claims_hold"]) == ("0", "0", "4")


def test_one_or_two_processes_and_another_folder_give_the_same_bytes(five, done, tmp_path):
    for jobs in ("1", "2"):
        out = five.parent / f"again-{jobs}"
        command = ["class", str(five), "--out", str(out), "--concepts", str(CONCEPTS)]
        main([*command, "--jobs", jobs])
        assert products(out) == products(done)
    assert not any(str(five.parent).encode() in data for data in products(done).values())


def test_the_exit_code_is_that_of_the_worst(tmp_path: Path) -> None:
    small(tmp_path / "class" / "good")
    assert verify_class(tmp_path / "class").exit is Exit.OK
    (tmp_path / "class" / "packed").mkdir()
    (tmp_path / "class" / "packed" / "work.zip").write_bytes(b"PK")
    assert verify_class(tmp_path / "class").exit is Exit.UNDECIDED
    (tmp_path / "class" / "empty").mkdir()
    verdict = verify_class(tmp_path / "class")
    assert verdict.exit is Exit.FAILED
    assert [entry.record.status for entry in verdict.ordered()] == [
        "defects",
        "could not be read",
        "ok",
    ]
    assert "packed" in verdict.table()
    assert "work.zip" in verdict.table()


def test_what_is_no_submission_is_noted_and_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    small(folder / "Ada_123_assignsubmission_file_" / "my work" / "deep")
    small(tmp_path / "elsewhere")
    (folder / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (folder / "Bob_124_assignsubmission_file_.zip").write_bytes(b"PK")
    (folder / "grades.csv").write_text("a\n")
    (folder / "__MACOSX").mkdir()
    (folder / ".git").mkdir()
    members, notes = find_members(folder)
    assert [member.slug for member in members] == ["ada_123_assignsubmission_file_"]
    assert len(notes) == 5
    for word in ("link, not followed", "Bob_124", "grades.csv", "__MACOSX", ".git"):
        assert any(word in note for note in notes), word
    assert verify_class(folder).exit is Exit.OK


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda f: None, "no such folder"),
        (lambda f: f.mkdir(), "expected a folder for each submission"),
        (lambda f: f.write_text("a"), "no such folder"),
    ],
)
def test_a_class_without_submissions_is_refused(tmp_path, make, complaint, capsys):
    make(tmp_path / "class")
    assert main(["class", str(tmp_path / "class")]) == Exit.BAD_INPUT
    assert complaint in capsys.readouterr().err


def test_a_foreign_output_and_one_that_holds_the_class_are_refused(tmp_path, capsys):
    small(tmp_path / "class" / "good")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    for out in ("mine", "class", "class/marks", "."):
        code = main(["class", str(tmp_path / "class"), "--out", str(tmp_path / out)])
        assert code == Exit.BAD_INPUT, out
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"class", "mine"}


def test_options_files_are_read_before_any_submission(tmp_path: Path, capsys) -> None:
    small(tmp_path / "class" / "good")
    (tmp_path / "bad.toml").write_text("[[claims")
    for option in ("--claims", "--known", "--points"):
        given = [option, str(tmp_path / "bad.toml"), "--out", str(tmp_path / "out")]
        assert main(["class", str(tmp_path / "class"), *given]) == Exit.BAD_INPUT
        assert "bad.toml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_claims_that_cannot_be_put_to_a_submission_are_undecided(tmp_path: Path) -> None:
    for name in ("a", "b"):
        small(tmp_path / "class" / name)
    (tmp_path / "class" / "b" / "one").rename(tmp_path / "class" / "b" / "other")
    claims = tmp_path / "claims.toml"
    claims.write_text("[[claims]]\nid = 'u'\nkind = 'units'\nnetwork = 'one'\nvalue = 40\n")
    a, b = verify_class(tmp_path / "class", settings=Settings(claims=claims)).entries
    assert (a.record.status, a.record.claims) == ("ok", (1, 0, 0))
    assert (b.record.status, b.record.claims) == ("undecided", (0, 0, 0))
    assert "'one'" in b.record.verdict.checks[-1].detail


# --- one bad submission stops nothing


def odd(task: str) -> str:
    """What a process is asked: most answer, some do not."""
    if task == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if task == "leave":
        os._exit(3)
    if task == "busy":
        while True:
            pass
    if task == "asleep":
        time.sleep(600)
    if task == "memory":
        bytearray(8 << 30)
    if task == "error":
        raise RuntimeError("/secret/path")
    return task.upper()


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_crash_a_hang_and_an_error_cost_one_answer_each(jobs: int) -> None:
    tasks = ["a", "crash", "b", "leave", "busy", "c", "memory", "error", "d"]
    counted = []
    results = spread(odd, tasks, jobs=jobs, seconds=4, advance=counted.append)
    reasons = {t: r.reason for t, r in zip(tasks, results, strict=True) if isinstance(r, Lost)}
    assert [r for r in results if not isinstance(r, Lost)] == ["A", "B", "C", "D"]
    assert set(reasons) == {"crash", "leave", "busy", "memory", "error"}
    assert "SIGSEGV" in reasons["crash"]
    assert reasons["busy"].startswith("not done within")  # on a busy machine, by the clock
    assert "GB" in reasons["memory"]
    assert reasons["error"] == "RuntimeError while it was read"
    assert len(counted) == len(tasks)


def test_a_call_that_sleeps_is_ended_by_the_clock(monkeypatch) -> None:
    monkeypatch.setattr("study.verify.cohort.workers.PATIENCE", 2)
    results = spread(odd, ["asleep", "a"], jobs=1, seconds=5)
    assert results == [Lost("not done within 10 seconds"), "A"]


def test_a_lost_submission_is_a_row_and_the_others_are_judged(tmp_path, monkeypatch) -> None:
    for name in ("a", "b"):
        small(tmp_path / "class" / name)

    def lost(call, tasks, **options):
        results = spread(call, tasks, **options)
        return [Lost("the process that read it ended (SIGSEGV)"), *results[1:]]

    monkeypatch.setattr("study.verify.cohort.spread", lost)
    verdict = verify_class(tmp_path / "class", out=tmp_path / "out")
    assert verdict.exit is Exit.UNDECIDED
    assert status(tmp_path / "out") == {"a": "could not be read", "b": "ok"}
    assert "SIGSEGV" in (tmp_path / "out" / "class.csv").read_text()


def test_broken_files_are_findings_or_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    for name in ("deep", "bytes", "good", "pdf"):
        small(folder / name)
    (folder / "deep" / "manifest.json").write_text("[" * 200_000)
    (folder / "bytes" / "one" / "descriptions.csv").write_bytes(os.urandom(3000))
    (folder / "pdf" / "report.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(3000))
    os.mkfifo(folder / "good" / "pipe.csv")
    verdict = verify_class(folder, out=tmp_path / "out")
    found = status(tmp_path / "out")
    assert found["good"] == "ok"
    assert found["bytes"] == found["pdf"] == "defects"
    assert verdict.exit is Exit.FAILED


# --- a kill costs nothing


COMMAND = [sys.executable, "-m", "study.verify", "class"]


def killed(command: list[str], seconds: float) -> bool:
    """Start a command, kill it and what it started; whether it was killed before its end."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


@pytest.mark.parametrize("seed", range(12 if PROFILE == "thorough" else 2))
def test_a_killed_class_goes_on_to_the_same_bytes(five: Path, done: Path, seed: int) -> None:
    out = five.parent / f"killed-{seed}"
    command = [*COMMAND, str(five), "--out", str(out), "--concepts", str(CONCEPTS), "--jobs", "1"]
    chance = random.Random(f"{SEED} {seed}")
    kills = sum(killed(command, chance.uniform(0.5, 1.6)) for _ in range(3))
    assert kills or out.exists()
    assert not out.exists() or products(out) == products(done)
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 1
    assert products(out) == products(done)
    left = [p.name for p in five.parent.iterdir() if p.name.startswith(f".killed-{seed}.")]
    assert left == [f".killed-{seed}.finished"]


def test_finished_submissions_are_not_done_again_and_changed_ones_are(tmp_path, monkeypatch):
    folder, out = tmp_path / "class", tmp_path / "out"
    for name in "abcd":
        small(folder / name)
    verify_class(folder, out=out)
    first, kept = products(out), tmp_path / ".out.finished"
    times = {path.name: path.stat().st_mtime_ns for path in kept.glob("*.json")}
    assert len(times) == 4
    verify_class(folder, out=out)
    assert {path.name: path.stat().st_mtime_ns for path in kept.glob("*.json")} == times
    (folder / "b" / "README.md").write_text("# Another report\n")
    verify_class(folder, out=out)
    now = {path.name for path in kept.glob("*.json")}
    assert len(now) == 4
    assert len(now & set(times)) == 3
    monkeypatch.setattr("study.__version__", "99")
    verify_class(folder, out=out)
    assert not now & {path.name for path in kept.glob("*.json")}
    shutil.rmtree(kept)
    small(folder / "b")
    verify_class(folder, out=out)
    assert products(out) == first


def test_a_damaged_record_is_made_again(tmp_path: Path) -> None:
    small(tmp_path / "class" / "a")
    verify_class(tmp_path / "class", out=tmp_path / "out")
    first = products(tmp_path / "out")
    (record,) = (tmp_path / ".out.finished").glob("*.json")
    for damage in (
        b"",
        b"[]",
        record.read_bytes()[:-40],
        record.read_bytes().replace(b"ok", b"no"),
    ):
        record.write_bytes(damage)
        verify_class(tmp_path / "class", out=tmp_path / "out")
        assert products(tmp_path / "out") == first


# --- names


def test_hostile_names_harm_nothing(tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    for name in HOSTILE:
        small(folder / name.replace("/", "_"))
    with_bytes = Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe"))
    small(with_bytes)
    verdict = verify_class(folder, out=out)
    assert len(verdict.entries) == len(HOSTILE) + 1
    page = (out / "class.html").read_text()
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
    lines = verdict.table().splitlines()
    assert not any(line.startswith("forged") for line in lines)
    assert max(map(_wide, lines)) <= 100
    rows = list(csv.reader((out / "class.csv").read_text().splitlines()))
    assert len(rows) == len(HOSTILE) + 2
    assert not any(row[0].startswith(("=", "+", "-", "@")) for row in rows)
    folders = {path.name for path in (out / "submissions").iterdir()}
    assert folders == {entry.slug for entry in verdict.entries}
    assert len(folders) == len(HOSTILE) + 1
    assert all(name.isascii() and name == name.lower() and len(name) <= 80 for name in folders)
    assert "con" not in folders
    ET.fromstring((out / "class.xml").read_text())


def test_a_slug_does_not_depend_on_the_order_and_collisions_get_digests() -> None:
    names = ["caf\u00e9", "cafe\u0301", "Cafe", "con", "…", "Ada", "x" * 300, "x" * 301]
    slugs = slugs_of(names)
    assert len(set(slugs.values())) == len(names)
    assert slugs == {name: slugs_of(names[::-1])[name] for name in names}
    assert slugs["Ada"] == "ada"
    assert slugs["…"].startswith("submission--")
    trap = slugs["Cafe"]
    assert len(set(slugs_of([*names, trap]).values())) == len(names) + 1


# --- in common


def record(**traits: str) -> Record:
    return Record(
        unread("a", "b").verdict,
        {key.replace("_", ":"): value for key, value in traits.items()},
        (0, 0, 0),
        (),
        {},
        0,
    )


def test_what_says_most_comes_first_and_what_all_have_says_nothing() -> None:
    alike = record(table_t="t.csv", picture_p="map.png", number_n="claimed 3, found 4")
    rest = [record(table_t="t.csv", **{f"picture_{n}": "own.png"}) for n in range(20)]
    first, last = likenesses([alike, *rest, alike])
    assert first.members == (0, 21)
    assert set(first.shared) == {"picture", "number"}
    assert not first.common
    assert (len(last.members), last.common, last.commonest_table) == (22, True, True)
    assert "says nothing" in last.sentence(22)
    for word in ("copied", "plagia", "cheat", "suspect"):
        assert word not in first.sentence(22)


def test_equal_pictures_texts_and_wrong_numbers_are_listed(five: Path, tmp_path: Path) -> None:
    folder = tmp_path / "class"
    shutil.copytree(five / "Carla", folder / "Carla")
    shutil.copytree(five / "Francis", folder / "Francis")
    shutil.copytree(five / "Carla", folder / "Carlo")
    text = (folder / "Carlo" / "README.md").read_text()
    (folder / "Carlo" / "README.md").write_text(f"{text}\nby Carlo\n")
    with Image.open(folder / "Carlo" / "figure-1.png") as image:  # other bytes, the same pixels
        image.save(folder / "Carlo" / "figure-1.bmp")
    (folder / "Carlo" / "figure-1.png").unlink()
    verdict = verify_class(folder)
    first = verdict.likenesses[0]
    assert [verdict.entries[n].name for n in first.members] == ["Carla", "Carlo"]
    assert {kind: len(names) for kind, names in first.shared.items()} == {"picture": 2, "number": 1}
    tables = verdict.likenesses[-1]
    assert set(tables.shared) == {"table"}
    assert len(tables.members) == 3


def test_a_table_that_differs_in_the_last_digit_is_another(tmp_path: Path) -> None:
    small(tmp_path / "class" / "a")
    shutil.copytree(tmp_path / "class" / "a", tmp_path / "class" / "b")
    assert [set(each.shared) for each in verify_class(tmp_path / "class").likenesses] == [{"table"}]
    for name in ("one", "two"):
        path = tmp_path / "class" / "b" / name / "descriptions.csv"
        rows = [(a, b, c, d + 1e-15) for a, b, c, d in base.read(path)]
        base.write(rows, path)
    assert verify_class(tmp_path / "class").likenesses == ()


# --- pictures


def test_small_copies_hold_pixels_alone_and_are_capped(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "class"
    for name in ("a", "b"):
        small(folder / name)
        for number in range(3):
            data = random.Random(f"{name}{number}").randbytes(900 * 600 * 3)
            exif = Image.Exif()
            exif[270] = "SECRET"
            picture = Image.frombytes("RGB", (900, 600), data)
            picture.save(folder / name / f"{number}.png", exif=exif)
        (folder / name / "no.png").write_bytes(b"\x89PNG")
    verify_class(folder, out=tmp_path / "out")
    page = (tmp_path / "out" / "class.html").read_text()
    pictures = [base64.b64decode(each) for each in re.findall(r"image/jpeg;base64,([^\"]+)", page)]
    assert len(pictures) == 6
    for data in pictures:
        with Image.open(io.BytesIO(data)) as image:
            assert max(image.size) == 160
            assert b"SECRET" not in data
            assert not image.getexif()
    assert max(map(len, pictures)) < 15_000
    most = len(max(re.findall(r"base64,([^\"]+)", page), key=len))
    monkeypatch.setattr("study.verify.cohort.class_page.LARGEST_PICTURES", most * 2)
    verify_class(folder, out=tmp_path / "out")
    page = (tmp_path / "out" / "class.html").read_text()
    assert 1 <= page.count("image/jpeg") <= 2
    assert "further pictures are not shown" in page


# --- Gradescope, JUnit


def check_gradescope(document: dict) -> None:
    """What Gradescope's page on results.json says of its keys and values."""
    shown = {"hidden", "after_due_date", "after_published", "visible"}
    formats = {"text", "html", "simple_format", "md", "ansi"}
    top = {"score": (int, float), "execution_time": (int, float), "output": str}
    top |= {"visibility": str, "stdout_visibility": str, "extra_data": dict, "tests": list}
    top |= {f"{name}output_format": str for name in ("", "test_")} | {"test_name_format": str}
    each = {"score": (int, float), "max_score": (int, float), "status": str, "name": str}
    each |= {"name_format": str, "number": str, "output": str, "output_format": str}
    each |= {"tags": list, "visibility": str, "extra_data": dict}
    for part, keys in ((document, top), *((test, each) for test in document["tests"])):
        for key, value in part.items():
            assert key in keys
            assert isinstance(value, keys[key])
            assert not key.endswith("visibility") or value in shown
            assert not key.endswith("format") or value in formats
            assert key != "status" or value in ("passed", "failed")
        assert part.get("score", 0) <= part.get("max_score", part.get("score", 0))


def test_gradescope_gets_tests_without_marks(done: Path) -> None:
    files = sorted((done / "submissions").glob("*/results.json"))
    assert len(files) == 6
    for path in files:
        document = json.loads(path.read_text())
        check_gradescope(document)
        assert "score" not in path.read_text()
        failed = {t["name"] for t in document["tests"] if t.get("status") == "failed"}
        assert bool(failed) == (path.parent.name != "francis")
    text = (done / "submissions" / "ada" / "results.json").read_text()
    assert not any(name in text for name in ("Blaise", "Carla", "Francis"))


def test_points_of_the_teacher_s_file_are_all_or_nothing(five: Path, tmp_path: Path) -> None:
    points = tmp_path / "points.toml"
    points.write_text("[points]\nnames_swapped = 5\nplaceholder_picture = 2.5\n")
    out = tmp_path / "out"
    verify_class(five, out=out, points=points)
    scores = {}
    for path in (out / "submissions").glob("*/results.json"):
        document = json.loads(path.read_text())
        check_gradescope(document)
        marked = [test for test in document["tests"] if "max_score" in test]
        assert sum(test["max_score"] for test in marked) == 7.5
        scores[path.parent.name] = sum(test["score"] for test in marked)
    assert scores["francis"] == 7.5
    assert scores["ada"] == 2.5
    assert scores["dmitri"] == 5


@pytest.mark.parametrize("text", ["", "points = 3", "[points]\na = 'x'", "[points]\na = -1", "[x]"])
def test_points_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    small(tmp_path / "class" / "a")
    (tmp_path / "points.toml").write_text(text)
    with pytest.raises(StudyError, match=r"points\.toml"):
        verify_class(tmp_path / "class", points=tmp_path / "points.toml")


def test_the_junit_file_has_a_suite_for_each_submission(five, done, tmp_path) -> None:
    suites = ET.parse(done / "class.xml").getroot()
    names = [suite.get("name") for suite in suites]
    assert names == ["Ada", "Blaise", "Carla", "Dmitri", "Emmy", "Francis"]
    for suite in suites:
        assert len(suite.findall("testcase")) == int(suite.get("tests"))
        assert len(suite.findall("testcase/failure")) == int(suite.get("failures"))
    assert int(suites.get("failures")) == len(suites.findall(".//failure")) >= 5
    main(["class", str(five), "--concepts", str(CONCEPTS), "--junit", str(tmp_path / "j.xml")])
    assert (tmp_path / "j.xml").read_bytes() == (done / "class.xml").read_bytes()


def test_json_is_a_verdict_and_the_terminal_lists_defects_first(five, tmp_path, capsys) -> None:
    main(["class", str(five), "--json", str(tmp_path / "v.json")])
    document = json.loads((tmp_path / "v.json").read_text())
    assert (document["schema"], document["verb"], document["exit"]) == (
        "study-verdict/1",
        "class",
        1,
    )
    lines = capsys.readouterr().out.splitlines()
    words = [line.split()[0] for line in lines if line.startswith(("  DEFECTS", "  ok"))]
    assert words == ["DEFECTS"] * 4 + ["ok"] * 2
    assert max(map(len, lines)) <= 100
