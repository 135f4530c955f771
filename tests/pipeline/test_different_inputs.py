"""Two runs that differ in one input are refused or compared without a statement, end to end."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from study.__main__ import main
from study.files.folders import resource
from study.report.__main__ import main as report
from tests.small_study import change, run, write


def _words(study: Path, order: Callable[[list[str]], list[str]]) -> None:
    path = study / "words.txt"
    path.write_text("\n".join(order(path.read_text().split())) + "\n")


def _photo(study: Path) -> None:
    path = study / "photos" / "00.png"
    Image.open(path).rotate(90).save(path)


def _encoder(study: Path) -> None:
    """Other weights of the same encoder: one number changed."""
    from safetensors.torch import load_file, save_file

    folder = study / "clip"
    shutil.copytree(resource("fixtures/miniature/clip"), folder)
    path = next(folder.glob("*.safetensors"))
    tensors = load_file(path)
    name = sorted(tensors)[0]
    tensors[name] = tensors[name] + 0.001
    save_file(tensors, path)
    change(study, f'model = "{resource("fixtures/miniature/clip")}"', 'model = "clip"')
    old = f'"file:{resource("fixtures/miniature/clip")}/open_clip_model.safetensors"'
    change(study, old, f'"file:clip/{path.name}"')


CHANGES: dict[str, Callable[[Path], object]] = {
    "word list": lambda study: _words(study, lambda words: words[:5]),
    "order of words": lambda study: _words(study, lambda words: words[::-1]),
    "probe": lambda study: change(study, '"photos"', '"photos/b"'),
    "one photo": _photo,
    "weights of the encoder": _encoder,
    "similarity": lambda study: change(
        study, "[dissection.settings]", 'similarity = "wpmi"\n[dissection.settings]'
    ),
    "top_k": lambda study: change(study, "top_k = 5", "top_k = 4"),
    "pool": lambda study: change(
        study, "[dissection.settings]", 'pool = "max"\n[dissection.settings]'
    ),
    "precision": lambda study: change(
        study, "[dissection.settings]", 'precision = "bfloat16"\n[dissection.settings]'
    ),
    "limit": lambda study: {"limit": 30},
    "preprocessing": lambda study: change(
        study,
        'weights = "random:1"\npreprocessing = { resize = 64, crop = 64 }',
        'weights = "random:1"\npreprocessing = { resize = 80, crop = 64 }',
    ),
}
SAID = {
    "word list": r"concepts \(words.txt, 10 words, digest .*, words.txt, 5 words, digest",
    "probe": r"probe \(photos, 40 images, digest .*, b, 20 images, digest",
    "limit": r"limit \(all images in Before, 30 in After\)",
    "preprocessing": r"network's resize \(64 in Before, 80 in After\)",
    "similarity": r"similarity \(soft_wpmi in Before, wpmi in After\)",
}
STATEMENT = re.compile(
    r"significan|than the null|chance|distinguish|most shared|did not depend|more labels of|"
    r"difference between",
    re.IGNORECASE,
)
"""What is said between networks alone."""
EXPLAINED = {"methodology", "networks", "cards"}
"""Sections that explain the words, or are about the units of one network."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that the others are compared with."""
    study = write(tmp_path_factory.mktemp("before"))
    change(study, 'role = "control"\n', "")
    change(study, "sensitivity = [8]", "sensitivity = []\nseed = 3")
    return run(study).parent


@pytest.mark.parametrize("kind", CHANGES)
def test_one_input_changed_is_found_by_report_and_compare(
    before: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "after"
    shutil.copytree(before, study, ignore=shutil.ignore_patterns("out"))
    options = CHANGES[kind](study)
    after = run(study, **(options if isinstance(options, dict) else {}))
    # Other weights as well, so that these are two networks; then the same network twice.
    for slug, hint in (("other", False), ("one", True)):
        if kind == "preprocessing" and not hint:
            continue  # that of the other network has not changed
        runs = [f"Before={before / 'out' / 'one'}", f"After={after / slug}"]
        capsys.readouterr()
        assert main(["compare", *runs]) == 2
        said = capsys.readouterr().err
        assert re.search(SAID.get(kind, ""), said), said
        assert ("--same-network" in said) == hint
        out = tmp_path / f"report-{slug}"
        arguments = ["--runs", *runs, "--out", str(out), "--format", "html"]
        assert report(arguments) == 2
        assert not out.exists()
        assert report([*arguments, "--allow-different-inputs"]) == 0
        page = (out / "report.html").read_text()
        assert "were dissected with different inputs" in page
        _, *parts = re.split(r'<h2[^>]* id="([^"]+)"', page)
        sections = dict(zip(parts[::2], parts[1::2], strict=True))
        assert {"summary", "comparison", "kinds"} <= sections.keys() - EXPLAINED
        for name in sections.keys() - EXPLAINED:
            text = re.sub(r"<[^>]*>", "", sections[name])
            assert not (found := STATEMENT.search(text)), (name, found)


def test_a_study_whose_networks_see_other_parts_is_refused_before_the_work(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "after"
    shutil.copytree(before, study, ignore=shutil.ignore_patterns("out", "store"))
    CHANGES["preprocessing"](study)
    arguments = [str(study / "study.toml"), "--out", str(tmp_path / "report"), "--format", "html"]
    arguments += ["--store", str(study / "store")]
    assert report(arguments) == 2
    assert "One and Other are both narrow_resnet18" in capsys.readouterr().err
    assert [path.name for path in (study / "store").iterdir()] == ["probe-index"]
    assert report([*arguments, "--allow-different-inputs"]) == 0
