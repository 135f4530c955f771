"""The committed probe is the world's: drawn again, its pictures and tables come out the same."""

import csv
import io
import zipfile

import numpy as np
from PIL import Image

from study.files.folders import resource
from study.miniature import world

STEP = 37


def test_the_committed_pictures_are_drawn_again_to_the_pixel_and_their_truth_stated() -> None:
    with resource("fixtures/miniature/truth.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["image"].rpartition("/")[2]: row for row in csv.DictReader(file)}
    with zipfile.ZipFile(resource("fixtures/miniature/probe.zip")) as archive:
        members = {name.rpartition("/")[2]: name for name in archive.namelist()}
        assert len(members) == world.PRESET_COUNT
        for index in range(0, world.PRESET_COUNT, STEP):
            picture = world.draw(world.PRESET_SEED, index)
            name = members[f"{index:06d}.png"]
            assert name.startswith(picture.kind)
            with Image.open(io.BytesIO(archive.read(name))) as image:
                assert np.array_equal(np.asarray(image.convert("RGB")), picture.pixels)
            row = rows[f"{index:06d}.png"]
            assert {key for key in world.TRUTHS if row[key] == "1"} == set(picture.truth)


def test_the_words_and_classes_are_the_vocabulary_s() -> None:
    words = resource("fixtures/miniature/concepts.txt").read_text(encoding="utf-8").split("\n")
    assert words[:-1] == [word.concept for word in world.VOCABULARY]
    for name, classes in (("objects", world.OBJECTS), ("scenes", world.SCENES)):
        text = resource(f"fixtures/miniature/{name}.txt").read_text(encoding="utf-8")
        assert tuple(text.splitlines()) == classes
