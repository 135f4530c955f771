"""Pictures of hand-ins: placeholders are found, and honest pictures raise no alarm."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from study.verify.submission.picture_checks import check_pictures
from study.verify.submission.scan import scan
from tests.verify.faults import hand_in_pictures as made


def alarms(folder: Path, pictures: list[Image.Image], suffix: str = "png") -> list[str]:
    """What is found in a folder with these pictures."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, picture in enumerate(pictures):
        picture.save(folder / f"picture-{number}.{suffix}")
    found = [finding for finding in check_pictures(scan(folder)) if not finding.note]
    return [f"{finding.place}: {finding.evidence}" for finding in found]


def real(shared: Path, every: int) -> list[Image.Image]:
    """Photographs, cut to squares."""
    paths = sorted((shared / "photos").glob("*.jpg"))[::every]
    assert len(paths) >= 6
    return [Image.open(path).convert("RGB").resize((224, 224)) for path in paths]


def judged(folder: Path, groups, *, faulty: bool) -> None:
    """Print how many groups raise an alarm; all faulty ones must, no honest one may."""
    wrong, total, pictures = [], 0, 0
    for name, group in groups:
        found = alarms(folder, group)
        total, pictures = total + 1, pictures + len(group)
        if bool(found) != faulty:
            wrong.append(f"{name}: {found}")
    kind = "faulty groups missed" if faulty else "honest groups with an alarm"
    print(f"{kind}: {len(wrong)} of {total} ({pictures} pictures)")
    assert total
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def drawn_photos() -> list[Image.Image]:
    rng = np.random.default_rng(1)
    return [made.photo(rng) for _ in range(8)]


def test_placeholders_are_found(tmp_path, drawn_photos):
    groups = made.faulty(np.random.default_rng(2), drawn_photos)
    judged(tmp_path / "f", groups, faulty=True)


def test_honest_pictures_raise_no_alarm(tmp_path, drawn_photos):
    groups = made.honest(np.random.default_rng(3), drawn_photos)
    judged(tmp_path / "h", groups, faulty=False)


def test_placeholders_among_photographs_are_found(tmp_path, shared):
    judged(tmp_path / "f", made.faulty(np.random.default_rng(4), real(shared, 70)), faulty=True)


def test_photographs_and_what_is_drawn_on_them_raise_no_alarm(tmp_path, shared):
    photos = real(shared, 50)
    judged(tmp_path / "h", made.honest(np.random.default_rng(5), photos), faulty=False)
    assert alarms(tmp_path / "p", real(shared, 3)) == []
