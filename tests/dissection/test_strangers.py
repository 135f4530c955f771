"""Runs of strangers: whatever their files hold, nothing outside is read and nothing crashes."""

import io
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from study.__main__ import main
from study.dissection.loaded import load_runs
from study.dissection.run_files import check_card
from study.errors import StudyError
from study.files.output import read_bytes
from study.report.__main__ import main as report

TABLE = "layer,unit,description,similarity\nl1,0,dog,0.2\nl1,1,cat,0.3\n"
MANIFEST = {
    "schema": "study-manifest/1", "title": "T", "limit": None, "demonstration": None,
    "probe": {"name": "p", "images": 3, "digest": "a", "skipped": []},
    "concepts": {"name": "c", "count": 5, "digest": "b"},
    "encoder": {"model": "m", "preprocessing": {"size": 224}},
    "dissection": {"similarity": "soft_wpmi", "settings": {"top_k": 3}},
    "program": {"study": "1", "packages": {"torch": "2"}},
    "measures": {"resamples": 0},
    "network": {"name": "A", "role": "compared", "architecture": "r", "sha256": "s"},
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "descriptions.csv").write_text(TABLE)
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(StudyError) as caught:
        load_runs([folder])
    return str(caught.value)


def test_a_link_out_of_the_folder_is_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "private").write_text("clip_model: secret")
    (run / "args.txt").symlink_to(tmp_path / "private")
    assert "run/args.txt: links to a file outside" in refused(run)
    (run / "args.txt").unlink()
    (run / "own.txt").write_text("d_probe: broden")
    (run / "args.txt").symlink_to("own.txt")
    assert load_runs([run])[0].args == {"d_probe": "broden"}


@pytest.mark.parametrize("name", ["args.txt", "manifest.json", "labels.csv", "descriptions.csv"])
def test_a_pipe_is_not_waited_for(run: Path, name: str) -> None:
    (run / name).unlink(missing_ok=True)
    os.mkfifo(run / name)
    said = refused(run)
    assert "a pipe or a device" in said or "expected a folder with descriptions.csv" in said


def test_a_device_is_not_read() -> None:
    with pytest.raises(StudyError, match="a pipe or a device"):
        read_bytes(Path("/dev/zero"))


def picture(width: int, height: int, kind: str = "JPEG") -> bytes:
    stream = io.BytesIO()
    Image.new("L", (width, height)).save(stream, kind)
    return stream.getvalue()


def test_cards_are_small_pictures(run: Path) -> None:
    check_card(picture(640, 256), "a card")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname"/></svg>'
    for data in (svg, picture(9, 9, "PNG"), b"\xff\xd8\xff", picture(9000, 5000)):
        with pytest.raises(StudyError, match="expected a card"):
            check_card(data, "a card")
    (run / "cards").mkdir()
    (run / "cards" / "l1-0000.jpg").write_bytes(svg)
    assert "run/cards/l1-0000.jpg: expected a card as JPEG" in refused(run)


VALUES = [
    None,
    3,
    -1,
    10**400,
    1e308,
    True,
    "x",
    "\ud800",
    "a\nb\x1b[2J",
    [],
    [1],
    {},
    {"a": {"b": []}},
]


def paths(document: dict, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for key, value in document.items():
        found.append((*before, key))
        if isinstance(value, dict):
            found += paths(value, (*before, key))
    return found


@pytest.mark.parametrize("path", paths(MANIFEST), ids=".".join)
def test_a_manifest_of_any_values_is_a_report_or_one_line(
    run: Path, tmp_path: Path, path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    passed = json.dumps(MANIFEST)
    for value in VALUES:
        document = json.loads(json.dumps(MANIFEST))
        part = document
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value
        (run / "manifest.json").write_text(json.dumps(document))
        code = main(["compare", f"A={run}"])
        assert code in (0, 2)
        said = capsys.readouterr().err
        assert said.count("\n") == (code == 2)
        assert "\x1b" not in said
        if code == 0:
            passed = json.dumps(document)
    (run / "manifest.json").write_text(passed)
    out = tmp_path / "out"
    code = report(["--runs", f"A={run}", "--out", str(out), "--format", "html"])
    assert code in (0, 2)
