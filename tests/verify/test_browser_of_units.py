"""The browser of units: what it holds follows from the runs, and a change of it is found."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from study.dissection.loaded import load_runs
from study.errors import Exit, StudyError
from study.report import write_report
from study.report.__main__ import main
from study.report.browser.address import fragment
from study.report.browser.content import Content, without_pictures
from study.report.browser.reading import read_browser
from study.report.browser.units_page import browser_files
from study.report.browser.viewing import browser_address
from study.verify.__main__ import main as verify
from study.verify.report import verify_report
from study.verify.verdict import Verdict
from tests import small_study
from tests.report.report_samples import NASTY, paper_runs, write_table

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # WeasyPrint leaves a colour profile open
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a small study that really ran, with cards."""
    folder = tmp_path_factory.mktemp("browser")
    (folder / "study").mkdir()
    small_study.write(folder / "study")
    out = small_study.run(folder / "study")
    runs = load_runs(sorted(path.parent for path in out.glob("*/descriptions.csv")))
    return write_report(runs, out=folder / "report", warn=print)


def test_every_unit_of_every_network_is_there_as_its_tables_say(written: Path) -> None:
    content, _ = read_browser(written / "units.html")
    words, images = content.document["words"], content.document["images"]
    for network in content.document["networks"]:
        (run,) = load_runs([written / network["slug"]], names=[network["name"]])
        assert [layer["name"] for layer in network["layers"]] == list(run.dissection.layer_names)
        pictures = run.pictures()
        shown = {images[i]: content.pictures[p] for i, p in network["pictures"]}
        assert set(shown) == set(pictures) != set()
        for layer in network["layers"]:
            rows = list(run.dissection.layer(layer["name"]).rows())
            assert [
                (unit, words[label], value)
                for unit, label, value in zip(
                    layer["units"], layer["labels"], layer["similarity"], strict=True
                )
            ] == rows
            live = run.live(layer["name"])
            assert layer.get("dead", []) == [n for n, alive in enumerate(live) if not alive]
            best = {
                (one.unit, one.rank): one.label for one in run.best if one.layer == layer["name"]
            }
            for unit, its in zip(layer["units"], layer["best"], strict=True):
                assert [words[label] for label, _ in its] == [
                    best[unit, rank] for rank in range(1, len(its) + 1)
                ]
            tops = [
                [images[top[0]] for top in its]
                for its, alive in zip(layer["top"], live, strict=True)
                if alive
            ]
            cards = [
                run.cards[layer["name"], u] for u, _, _ in rows if (layer["name"], u) in run.cards
            ]
            assert tops == [[image.name for image in card.images] for card in cards]


def test_the_browser_agrees_with_the_data_inside_the_report(written: Path) -> None:
    verdict = verify_report(written / "report.pdf", html=written / "units.html")
    assert verdict.exit == Exit.OK, verdict.table()
    assert sum(check.check == "browser" for check in verdict.checks) == 2


def checked(written: Path, html: Path) -> Verdict:
    """Verify a browser beside a report whose own pages are known to be right."""
    pdf = written / "report.pdf"
    return verify_report(pdf, html=html, maker=lambda _: pdf.read_bytes())


def test_the_report_beside_a_browser_is_found(written, tmp_path, capsys) -> None:
    assert verify(["report", "--html", str(written / "units.html")]) == Exit.OK
    assert capsys.readouterr().out.startswith("report.pdf: everything printed follows")
    assert verify(["report"]) == Exit.BAD_INPUT
    assert "expected FILE.pdf" in capsys.readouterr().err
    (tmp_path / "units.html").write_bytes((written / "units.html").read_bytes())
    assert verify(["report", "--html", str(tmp_path / "units.html")]) == Exit.BAD_INPUT
    assert "cannot read report.pdf" in capsys.readouterr().err


def change(content: Content, *path: str | int, to: object) -> Content:
    """Return a browser's data with one value changed."""
    document = json.loads(json.dumps(content.document))
    place = document
    for key in path[:-1]:
        place = place[key]
    assert place[path[-1]] != to
    place[path[-1]] = to
    return Content(document, content.pictures, content.maps)


LAYER = ("networks", 0, "layers", 0)


@pytest.mark.parametrize(
    ("path", "to", "said"),
    [
        ((*LAYER, "labels", 0), 1, r"networks\.0\.layers\.0\.labels\.0"),
        ((*LAYER, "similarity", 1), 0.5, r"similarity\.1"),
        ((*LAYER, "units"), [0], r"layers\.0\.units"),
        ((*LAYER, "best", 0, 0, 1), 9.5, r"best\.0\.0\.1"),
        ((*LAYER, "profiles", 0, 2, 0), 77, r"profiles\.0\.2\.0"),
        (("networks", 0, "name"), "Other", r"networks\.0\.name"),
        (("words", 0), "hoax", r"words\.0"),
        (("title",), "Another", "title"),
        (("extra",), 1, "extra"),
    ],
)
def test_changed_data_are_found(written, tmp_path, path, to, said) -> None:
    content, _ = read_browser(written / "units.html")
    if path == ("extra",):
        changed = Content({**content.document, "extra": to}, content.pictures, content.maps)
    else:
        place = content.document
        for key in path:
            place = place[key]
        to = 0 if to == 1 and place == 1 else to
        changed = change(content, *path, to=to)
    for name, data in browser_files(changed).items():
        (tmp_path / name).write_bytes(data)
    verdict = checked(written, tmp_path / "units.html")
    assert verdict.exit == Exit.FAILED
    failed = [check.detail for check in verdict.checks if check.status == "failed"]
    assert failed
    assert [text for text in failed if not re.search(said, text)] == []
    assert verdict.causes[0].cause == "browser_changed"


def test_another_picture_or_map_is_found_by_its_digest(written: Path, tmp_path: Path) -> None:
    content, _ = read_browser(written / "units.html")
    swapped = (content.pictures[1], content.pictures[0], *content.pictures[2:])
    turned = (content.maps[1], content.maps[0], *content.maps[2:])
    for pictures, maps in ((swapped, content.maps), (content.pictures, turned)):
        data = browser_files(Content(content.document, pictures, maps))["units.html"]
        (tmp_path / "units.html").write_bytes(data)
        verdict = checked(written, tmp_path / "units.html")
        assert {c.detail for c in verdict.checks if c.status == "failed"} == {
            "pictures or maps are not those of the run: another digest"
        }


@pytest.mark.parametrize(
    ("old", "new"), [("<noscript>", "<b>hi</b><noscript>"), ("'use strict';", "'use strict'; 1;")]
)
def test_a_changed_page_or_script_is_found(written, tmp_path, old, new) -> None:
    page = (written / "units.html").read_text(encoding="utf-8")
    assert old in page
    (tmp_path / "units.html").write_text(page.replace(old, new, 1), encoding="utf-8")
    verdict = checked(written, tmp_path / "units.html")
    (failed,) = [check for check in verdict.checks if check.status == "failed"]
    assert "not what this program writes" in failed.detail


def test_what_is_no_browser_is_one_line(written: Path, tmp_path: Path) -> None:
    for data in (b"", b"\xff\xfe", (written / "report.html").read_bytes(), b"<html>"):
        (tmp_path / "other.html").write_bytes(data)
        with pytest.raises(StudyError, match="expected a browser of units"):
            verify_report(written / "report.pdf", html=tmp_path / "other.html")


def test_a_large_browser_is_a_folder_with_the_same_data(written: Path, tmp_path: Path) -> None:
    content, _ = read_browser(written / "units.html")
    files = browser_files(content, largest=1000)
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    for path in ("units.html", "browser/index.html"):
        again, found = read_browser(tmp_path / path)
        assert again == content
        assert found == files
        verdict = checked(written, tmp_path / path)
        assert verdict.exit == Exit.OK, verdict.table()


def test_the_same_runs_give_the_same_bytes_and_no_path(written: Path, tmp_path: Path) -> None:
    """In a process with another hash seed and another folder."""
    names = sorted(path.parent.name for path in written.glob("*/descriptions.csv"))
    runs = [f"{written / name}" for name in names]
    words = [sys.executable, "-m", "study.report", "--browser-only", "--runs", *runs, "--out", "o"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    again = (tmp_path / "o" / "units.html").read_bytes()
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == [
        ".study-output",
        "units.html",
    ]
    content, _ = read_browser(written / "units.html")
    assert read_browser(tmp_path / "o" / "units.html")[0] == content
    assert again == (written / "units.html").read_bytes()
    assert str(tmp_path.parent).encode() not in again


def test_tables_alone_have_a_browser(tmp_path: Path) -> None:
    """Hostile labels come back as they were, and nothing of them is markup."""
    folders = [write_table(tmp_path / name, {"l": NASTY}) for name in ("a", "b")]
    assert main(["--runs", *map(str, folders), "--browser-only", "--out", str(tmp_path / "o")]) == 0
    page = (tmp_path / "o" / "units.html").read_text(encoding="utf-8")
    content, _ = read_browser(tmp_path / "o" / "units.html")
    assert set(NASTY) <= set(content.document["words"])
    assert page.count("<script") == 5
    assert "onerror=alert(1)>" not in page.replace("\\u003cimg src=x onerror=alert(1)>", "")
    assert content.pictures == content.maps == ()


def test_formats_say_what_is_written(tmp_path: Path) -> None:
    runs = paper_runs(tmp_path)
    out = write_report(runs, out=tmp_path / "html", formats=["html"])
    assert (out / "report.html").is_file()
    assert not (out / "units.html").exists()
    assert "units.html" not in (out / "report.html").read_text(encoding="utf-8")
    out = write_report(runs, out=tmp_path / "units", formats=("units",))
    assert sorted(path.name for path in out.iterdir()) == [".study-output", "units.html"]


def test_units_in_the_pdf_link_to_the_browser(written: Path) -> None:
    from pypdf import PdfReader

    links = [
        annotation.get_object()["/A"]["/URI"]
        for page in PdfReader(written / "report.pdf").pages
        for annotation in page.get("/Annots", [])
        if annotation.get_object().get("/A", {}).get("/URI")
    ]
    content, _ = read_browser(written / "units.html")
    known = {
        f"units.html#{fragment(network['name'], layer['name'], unit)}"
        for network in content.document["networks"]
        for layer in network["layers"]
        for unit in layer["units"]
    }
    inside = [link for link in links if link.startswith("units.html")]
    assert inside
    assert set(inside) <= known
    assert all(link.startswith(("units.html#", "https://")) for link in links)


def test_the_page_is_found_and_its_address_printed(written: Path, tmp_path: Path) -> None:
    uri = (written / "units.html").resolve().as_uri()
    assert browser_address(written) == uri
    assert browser_address(written, "A/l-1") == f"{uri}#A/l-1"
    opened = tmp_path / "opened"
    opener = tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}\n')
    opener.chmod(0o755)
    words = [sys.executable, "-m", "study", "view", str(written), "A/l-1"]
    done = subprocess.run(
        words,
        env={"BROWSER": str(opener), "PATH": "/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{uri}#A/l-1\n"
    assert opened.read_text() == f"{uri}#A/l-1"
    with pytest.raises(StudyError, match=r"expected a report's folder with units\.html"):
        browser_address(tmp_path)


def test_pictures_are_small_and_once(written: Path) -> None:
    import base64
    import io

    content, _ = read_browser(written / "units.html")
    assert len(set(content.pictures)) == len(content.pictures) > 0
    for coded in content.pictures:
        with Image.open(io.BytesIO(base64.b64decode(coded))) as picture:
            assert (picture.format, picture.size) == ("WEBP", (96, 96))


def test_without_pictures_leaves_the_rest(written: Path) -> None:
    content, _ = read_browser(written / "units.html")
    plain = without_pictures(content.document)
    assert "pictures" not in plain["networks"][0]
    assert plain["words"] == content.document["words"]
