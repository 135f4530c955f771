"""The probe: which photos, in which order, with which pixels, and what is known about them."""

import io
import os
import re
import struct
import tarfile
import threading
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

import study
from study.errors import StudyError
from study.inputs.batches import batches
from study.inputs.containers import in_order, matches, zip_file
from study.inputs.pictures import UnreadablePicture, decode
from study.inputs.probe import Probe, open_probe
from study.inputs.settings import ProbeSettings
from study.inputs.study_file import read_study
from study.inputs.tar_shards import tar_files
from study.models.preprocessing import Preprocessing

FOLDER = ProbeSettings(kind="folder")
ZIP = ProbeSettings(kind="zip")
TAR = ProbeSettings(kind="tar")
SMALL = Preprocessing(resize=None, crop=8)
ORDERED = [
    "z.jpg", "A/1.jpg", "a/10.bmp", "a/9.jpeg", "a/é.jpg", "a/x/3.webp", "a b/1.TIFF", "b/2.PNG",
]  # fmt: skip
NAMES = ORDERED[::-1]


def encoded(image: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format_, **options)
    return stream.getvalue()


def photo(value: int = 0, size: tuple[int, int] = (8, 8)) -> bytes:
    return encoded(Image.new("RGB", size, (value, value // 2, 255 - value)))


OTHERS = (".txt", "a/jpg", ".gif.orig")
"""Endings of files that hold no picture."""


def fill(root: Path, names: list[str], data: Callable[[int], bytes] = photo) -> Path:
    for number, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"text" if name.endswith(OTHERS) else data(number))
    return root


def zipped(path: Path, names: list[str], data: Callable[[int], bytes] = photo) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(name, b"text" if name.endswith(OTHERS) else data(number))
    return path


# --- which photos, in which order


def test_photos_come_by_folder_then_by_name_in_code_point_order(tmp_path: Path):
    root = fill(tmp_path / "photos", [*NAMES, "a/notes.txt", "a/jpg"])
    (root / "empty.jpg.d").mkdir()
    probe = open_probe(FOLDER, path=root)
    assert list(probe.names) == ORDERED
    assert len(probe) == 8
    assert probe.name == "photos"
    assert probe.left_out == {".txt": 1, "no ending": 1}


def test_a_zip_is_the_probe_that_its_folder_is(tmp_path: Path):
    folder = open_probe(FOLDER, path=fill(tmp_path / "photos", NAMES))
    archive = zipped(tmp_path / "photos.zip", [*NAMES, "a/notes.txt"])
    for kind in (ZIP, ProbeSettings(kind="artifact", artifact="broden")):
        probe = open_probe(kind, path=archive)
        assert probe.names == folder.names
        assert probe.digest == folder.digest
        for i in range(8):
            assert probe.image(i).getpixel((0, 0)) == folder.image(i).getpixel((0, 0))
    assert probe.name == "broden"


@given(st.permutations(NAMES))
def test_the_order_found_on_disk_does_not_matter(names: list[str]):
    assert list(in_order(names)) == ORDERED


def test_include_leaves_out_masks_beside_the_photos(tmp_path: Path):
    root = fill(tmp_path, ["a/1.jpg", "a/1_color.png", "a/2.JPG", "b/3.jpg"])
    probe = open_probe(ProbeSettings(kind="folder", include=("*.jpg",)), path=root)
    assert probe.names == ("a/1.jpg", "a/2.JPG", "b/3.jpg")
    assert matches("x/a/1.jpg", ["a/*.jpg"])
    assert not matches("a/x/1.jpg", ["a/*.jpg"])
    with pytest.raises(StudyError, match=r"found none that fits \*\.gif among 4 files"):
        open_probe(ProbeSettings(kind="folder", include=("*.gif",)), path=root)


def test_folders_that_link_to_each_other_are_walked_once_on_each_way(tmp_path: Path):
    root = fill(tmp_path / "photos", ["A/1.png", "B/x.txt"])
    (root / "A" / "toB").symlink_to(root / "B")
    (root / "B" / "toA").symlink_to(root / "A")
    assert open_probe(FOLDER, path=root).names == ("A/1.png", "B/toA/1.png")
    around = fill(tmp_path / "around", ["x.png"])
    fill(tmp_path / "other", ["x.png"])
    (around / "up").symlink_to(tmp_path)
    (root / "A" / "out").symlink_to(around)
    (root / "twice").symlink_to(around)
    listed = [name for name in open_probe(FOLDER, path=root).names if name.endswith("x.png")]
    assert listed == ["A/out/x.png", "B/toA/out/x.png", "twice/x.png"]


def test_a_link_to_itself_is_a_photo_that_cannot_be_read(tmp_path: Path):
    root = fill(tmp_path, ["1.png"])
    (root / "2.png").symlink_to("2.png")
    with pytest.raises(StudyError, match=r"^2\.png: expected a picture, found a link that leads"):
        open_probe(FOLDER, path=root)


def test_a_folder_that_is_a_link_to_itself_is_not_there(tmp_path: Path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(StudyError, match=r"expected a folder at .*loop, found nothing"):
        open_probe(FOLDER, path=tmp_path / "loop")
    with pytest.raises(StudyError, match=r"expected a study's TOML file .* found"):
        read_study(str(tmp_path / "loop"))


def test_links_to_pictures_elsewhere_are_the_pictures_bytes(tmp_path: Path):
    """On clusters a probe is often a folder of links; its identity is that of a copy."""
    names = ["a/1.png", "b/2.png"]
    copied, elsewhere = fill(tmp_path / "copied", names), fill(tmp_path / "elsewhere", names)
    linked = tmp_path / "linked"
    (linked / "a").mkdir(parents=True)
    (linked / "a" / "1.png").symlink_to(elsewhere / "a" / "1.png")
    (linked / "b").symlink_to(elsewhere / "b")
    probe, copy = (open_probe(FOLDER, path=root) for root in (linked, copied))
    assert (probe.names, probe.digest) == (copy.names, copy.digest)
    (elsewhere / "b" / "2.png").write_bytes((elsewhere / "b" / "2.png").read_bytes() + b"x")
    with pytest.raises(StudyError, match=r"^b/2\.png: expected the file as it was"):
        probe.image(1)
    assert open_probe(FOLDER, path=linked).digest != copy.digest


@pytest.mark.parametrize("target", ["nothing", "cats"])
def test_a_link_that_leads_nowhere_and_may_be_a_folder_is_named(tmp_path: Path, target: str):
    root = fill(tmp_path, ["1.png"])
    (root / ".lock").symlink_to("nothing")
    assert open_probe(FOLDER, path=root).names == ("1.png",)
    (root / "cats").symlink_to(target)
    with pytest.raises(StudyError, match=r"/cats: .* found a link that leads nowhere.* mend"):
        open_probe(FOLDER, path=root)


def test_a_picture_behind_a_link_that_leads_nowhere_can_be_left_out(tmp_path: Path):
    root = fill(tmp_path, ["1.png"])
    (root / "2.png").symlink_to("nothing.png")
    reason = "a link that leads nowhere: no such file or directory"
    with pytest.raises(StudyError, match=f"^2.png: expected a picture, found {reason}"):
        open_probe(FOLDER, path=root)
    assert open_probe(FOLDER, path=root, skip_unreadable=True).skipped == (("2.png", reason),)


def test_a_folder_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The refusal is staged: root may open any folder."""
    root = fill(tmp_path / "photos", ["1.png", "a/closed/2.png"])
    scan = os.scandir

    def refusing(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr("os.scandir", refusing)
    with pytest.raises(StudyError, match=r"^photos/a/closed: .* found permission denied: permit"):
        open_probe(FOLDER, path=root)


def test_hidden_files_and_folders_hold_no_photos(tmp_path: Path):
    hidden = [".ipynb_checkpoints/1-checkpoint.png", "a/.thumbs/1.png", "a/._1.png"]
    names = ["a/1.png", *hidden, "__MACOSX/a/1.png", "__MACOSX/._a.png"]
    assert open_probe(FOLDER, path=fill(tmp_path / ".photos", names)).names == ("a/1.png",)
    assert open_probe(ZIP, path=zipped(tmp_path / "p.zip", names)).names == ("a/1.png",)


def test_where_there_is_no_photo_the_endings_are_named(tmp_path: Path):
    others = ["1.gif.orig", "a/jpg", "a/notes.txt"]
    words = r"^photos.*: .* found none among 3 files: use jpg, jpeg, .* tif, tiff, .*$"
    fill(tmp_path / "photos", others)
    zipped(tmp_path / "photos.zip", others)
    for kind, name in ((FOLDER, "photos"), (ZIP, "photos.zip")):
        with pytest.raises(StudyError, match=words):
            open_probe(kind, path=tmp_path / name)


def test_a_name_that_is_not_utf8_is_refused_before_any_work(tmp_path: Path):
    root = fill(tmp_path, ["a/1.png"])
    try:
        (root / "a" / "1.png").rename(os.fsdecode(os.fsencode(root) + b"/a/caf\xe9.png"))
    except OSError:
        pytest.skip("a file system whose names are all UTF-8")
    with pytest.raises(StudyError, match=r"in UTF-8, found 'a/caf\\udce9\.png': rename the file$"):
        open_probe(FOLDER, path=root)
    other = ProbeSettings(kind="folder", include=("b*.png",))
    fill(root, ["b.png"])
    assert open_probe(other, path=root).names == ("b.png",), "what is left out need not be renamed"


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("folder", "empty", "expected pictures, found none"),
        ("folder", "absent", "expected a folder at"),
        ("folder", "file.zip", "expected a folder of pictures, found none"),
        ("tar", "file.zip", "expected a tar of pictures"),
        ("tar", "empty", "expected a tar of pictures, found none"),
        ("zip", "file.zip", "expected a zip of pictures"),
        ("zip", "empty", 'found a folder: set kind = "folder"'),
        ("tape", "empty", "the kinds folder, zip, tar, artifact, found 'tape'"),
    ],
)
def test_a_place_without_a_probe_is_refused(tmp_path: Path, kind: str, name: str, words: str):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.zip").write_bytes(b"PK no zip")
    with pytest.raises(StudyError, match=words):
        open_probe(ProbeSettings(kind=kind), path=tmp_path / name)


# --- identity


def test_the_digest_is_over_digests_and_names_in_order(tmp_path: Path):
    probe = open_probe(FOLDER, path=fill(tmp_path, ["b.png", "a.png"]))
    text = f"{sha256(photo(1)).hexdigest()}  a.png\0{sha256(photo(0)).hexdigest()}  b.png\0"
    assert probe.digest == sha256(text.encode()).hexdigest()
    assert probe.image_digests == (sha256(photo(1)).hexdigest(), sha256(photo(0)).hexdigest())


def test_a_photo_changed_while_a_run_goes_on_is_not_taken_for_the_old_one(tmp_path: Path):
    folder = open_probe(FOLDER, path=fill(tmp_path / "photos", ["a.png", "b.png"]))
    fill(tmp_path / "photos", ["a.png", "b.png"], lambda i: photo(9 * i))
    assert folder.image(0).getpixel((0, 0)) == (0, 0, 255)
    with pytest.raises(
        StudyError, match=r"^b\.png: .* as it was .* changed: run again, with --rehash if"
    ):
        folder.image(1)


# --- a part of the probe


def test_a_limit_takes_from_each_top_folder_its_share_and_keeps_the_order(tmp_path: Path):
    names = [f"x/{top}/{i}.png" for top, n in (("a", 20), ("b", 8), ("c/d", 12)) for i in range(n)]
    root = fill(tmp_path, names)
    whole = open_probe(FOLDER, path=root)
    part = open_probe(FOLDER, path=root, limit=10, seed=3)
    assert [sum(name.startswith(f"x/{top}/") for name in part.names) for top in "abc"] == [5, 2, 3]
    assert sorted(part.names, key=whole.names.index) == list(part.names)
    assert part.limit == 10
    assert whole.limit is None
    assert open_probe(FOLDER, path=root, limit=10, seed=3).names == part.names
    assert open_probe(FOLDER, path=root, limit=10, seed=4).names != part.names
    assert part.digest != whole.digest
    wide = open_probe(FOLDER, path=root, limit=20, seed=3)
    assert set(part.names) <= set(wide.names), "a wider look contains the narrower one"


def test_a_limit_is_met_exactly_and_one_that_keeps_all_makes_no_sample(tmp_path: Path):
    root = fill(tmp_path, [f"{top}/{i}.png" for top in "abc" for i in range(2)] + ["7.png"])
    for limit in (1, 2, 3, 4, 5, 6, 7, 100):
        probe = open_probe(FOLDER, path=root, limit=limit)
        assert len(probe) == min(limit, 7)
        assert probe.limit == (None if limit >= 7 else limit)
    with pytest.raises(StudyError, match="limit: expected at least 1 image, found 0"):
        open_probe(FOLDER, path=root, limit=0)
    (root / "7.png").write_bytes(b"junk")
    for limit, sampled in ((1000, None), (7, None), (6, 6)):
        probe = open_probe(FOLDER, path=root, limit=limit, skip_unreadable=True)
        assert probe.limit == sampled, "unreadable photos make no sample"


def test_the_largest_remainders_are_served_first(tmp_path: Path):
    names = [f"{top}/{i}.png" for top, n in (("a", 5), ("b", 3), ("c", 2)) for i in range(n)]
    probe = open_probe(FOLDER, path=fill(tmp_path, names), limit=3)  # 1.5, 0.9 and 0.6
    assert [name[0] for name in probe.names] == ["a", "b", "c"]


# --- pixels of unusual pictures


def tiff(pixels: np.ndarray, order: str) -> bytes:
    """Return a TIFF of 16 bits a channel, which Pillow does not write in colour."""
    height, width, channels = pixels.shape
    data = pixels.astype(f"{order}u2").tobytes()
    prefix = b"II" if order == "<" else b"MM"
    tags = ImageFileDirectory_v2(prefix=prefix)
    tags[256], tags[257], tags[258] = width, height, (16,) * channels
    tags[262], tags[273], tags[277] = (1 if channels == 1 else 2), 0, channels
    tags[278], tags[279] = height, len(data)
    return struct.pack(f"{order}2sHI", prefix, 42, 8) + tags.tobytes(8) + data


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_of_16_bits_is_scaled_in_grey_and_in_colour(order: str):
    grey = np.array([0, 255, 256, 65535]).reshape(1, 4, 1)
    decoded = np.asarray(decode(tiff(grey, order), "a.tif"))
    assert decoded.tolist() == [[[0] * 3, [0] * 3, [1] * 3, [255] * 3]]
    colour = np.array([0x1234, 0x5678, 0x9ABC]).reshape(1, 1, 3)
    assert np.asarray(decode(tiff(colour, order), "a.tif")).tolist() == [[[0x12, 0x56, 0x9A]]]


def test_each_unusual_photo_becomes_what_the_docs_say():
    grey16 = Image.fromarray(np.array([[0, 255, 256, 65535]], dtype=np.uint16))
    palette = Image.new("P", (1, 1))
    palette.putpalette([200, 100, 50, 0, 0, 0, 0, 0, 0])
    turned = Image.new("RGB", (2, 1), (0, 0, 0))
    turned.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 8  # the right side of the picture is up
    pages = {"save_all": True, "append_images": [Image.new("RGB", (5, 5))]}
    pixels = {
        "greyscale": (encoded(Image.new("L", (1, 1), 7)), [(7, 7, 7)]),
        "black and white": (encoded(Image.new("1", (1, 1), 1)), [(255, 255, 255)]),
        "CMYK": (encoded(Image.new("CMYK", (1, 1), (0, 255, 255, 0)), "TIFF"), [(255, 0, 0)]),
        "transparent": (encoded(Image.new("RGBA", (1, 1), (9, 8, 7, 0))), [(9, 8, 7)]),
        "grey, transparent": (encoded(Image.new("LA", (1, 1), (9, 0))), [(9, 9, 9)]),
        "palette, transparent": (encoded(palette, transparency=b"\x7f\0\0"), [(200, 100, 50)]),
        "16-bit": (encoded(grey16), [(0, 0, 0)] * 2 + [(1, 1, 1), (255, 255, 255)]),
        "1 x 1": (photo(4, (1, 1)), [(4, 2, 251)]),
        "TIFF of two pages": (encoded(turned, "TIFF", **pages), [(255, 255, 255), (0, 0, 0)]),
        "EXIF, not turned": (encoded(turned, exif=exif), [(255, 255, 255), (0, 0, 0)]),
        "TIFF, turned": (encoded(turned, "TIFF", exif=exif), [(0, 0, 0), (255, 255, 255)]),
        "BMP": (encoded(Image.new("RGB", (1, 1), (1, 2, 3)), "BMP"), [(1, 2, 3)]),
        "WebP": (encoded(Image.new("RGB", (1, 1), (1, 2, 3)), "WEBP", lossless=True), [(1, 2, 3)]),
    }
    for kind, (data, expected) in pixels.items():
        image = decode(data, "a.png")
        assert image.mode == "RGB"
        assert list(map(tuple, np.asarray(image).reshape(-1, 3).tolist())) == expected, kind


def test_the_format_is_recognised_by_content_and_a_cmyk_jpeg_converted_plainly(tmp_path: Path):
    image = Image.new("CMYK", (8, 8), (10, 200, 30, 40))
    (tmp_path / "really.png").write_bytes(data := encoded(image, "JPEG"))
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image.convert("RGB"))
    probe = open_probe(FOLDER, path=tmp_path)
    assert np.array_equal(np.asarray(probe.image(0)), expected)


NOISE = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
JPEG = encoded(Image.fromarray(NOISE), "JPEG")
PNG = encoded(Image.fromarray(NOISE))
TIFF = encoded(Image.fromarray(NOISE), "TIFF")
UNREADABLE = {
    "truncated JPEG": (JPEG[: len(JPEG) // 2], "truncated"),
    "truncated PNG": (PNG[: len(PNG) // 2], "truncated"),
    "truncated TIFF": (TIFF[: len(TIFF) // 2], ""),
    "no image": (b"a web page, say", "something else"),
    "empty": (b"", "an empty file"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "something else"),
    "strip": (encoded(Image.new("L", (1, 1001))), "a strip of 1 x 1001 pixels"),
}


@pytest.mark.parametrize(("data", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_photo_stops_the_check_by_name(tmp_path: Path, data: bytes, reason: str):
    root = fill(tmp_path, ["a/1.jpg", "a/2.jpg", "b/3.jpg"])
    probe = open_probe(FOLDER, path=root)
    assert probe.check(range(3)) == [True] * 3
    (root / "a/2.jpg").write_bytes(data)
    errors = probe.check([1, 2])
    assert re.match(rf"a/2\.jpg: expected a picture, found .*{reason}", str(errors[0]))
    assert errors[1] is True
    rest = open_probe(FOLDER, path=root, skip_unreadable=True)
    assert rest.names == ("a/1.jpg", "b/3.jpg")
    assert [name for name, _ in rest.skipped] == ["a/2.jpg"]
    assert reason in rest.skipped[0][1]
    assert rest.check(range(2)) == [True] * 2


def test_the_check_counts_its_photos_and_none_may_be_left(tmp_path: Path):
    root = fill(tmp_path, ["a/1.jpg", "a/2.jpg", "b/3.jpg"])
    for name in ("a/1.jpg", "a/2.jpg", "b/3.jpg"):
        (root / name).write_bytes(b"")
    done: list[int] = []
    looks = open_probe(FOLDER, path=root).check(range(3), done.append)
    assert all(isinstance(look, UnreadablePicture) for look in looks)
    assert sum(done) == 3
    with pytest.raises(StudyError, match="found none that can be read"):
        open_probe(FOLDER, path=root, skip_unreadable=True)


def test_a_decompression_bomb_is_one_line(monkeypatch: pytest.MonkeyPatch):
    for limit in (1000, 10):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(UnreadablePicture, match=r"^a\.png: expected a picture, found too many"):
            decode(photo(size=(40, 40)), "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    assert decode(photo(size=(40, 40)), "a.png").size == (40, 40)


_HEADS = st.sampled_from([b"", JPEG[:200], PNG[:60], TIFF[:400]])


@given(st.binary(max_size=300), _HEADS, st.integers(0, 400))
def test_damaged_bytes_never_give_another_error(noise: bytes, head: bytes, at: int):
    message = "a.jpg: expected a picture"
    try:
        decode(head[:at] + noise, "a.jpg")
    except UnreadablePicture as error:
        message = str(error)
    assert message.startswith("a.jpg: expected a picture")
    assert "\n" not in message


# --- zip files


@pytest.mark.parametrize(
    "name",
    ["../a.jpg", "/a.jpg", "a/../../b.jpg", "C:/a.jpg", "C:\\a.jpg", "..\\a.jpg", "../notes.txt"],
)
def test_a_zip_that_climbs_out_is_refused(tmp_path: Path, name: str):
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("x", b"")
        archive.filelist[-1].filename = name
    with pytest.raises(StudyError, match=r"p\.zip: expected members with relative names"):
        open_probe(ZIP, path=tmp_path / "p.zip")


def test_a_zip_made_on_windows_is_the_probe_that_its_folder_is(tmp_path: Path):
    folder = open_probe(FOLDER, path=fill(tmp_path / "photos", NAMES))
    path = zipped(tmp_path / "p.zip", [name.replace("/", "\\") for name in NAMES])
    probe = open_probe(ZIP, path=path)
    assert (probe.names, probe.digest) == (folder.names, folder.digest)
    assert probe.image(7).getpixel((0, 0)) == folder.image(7).getpixel((0, 0))


def tarred(path: Path, names: list[str], mode: str = "w", first: int = 0) -> Path:
    with tarfile.open(path, mode) as archive:
        for number, name in enumerate(names, start=first):
            data = photo(number)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def test_a_tar_is_the_probe_that_its_folder_is(tmp_path: Path):
    folder = open_probe(FOLDER, path=fill(tmp_path / "photos", NAMES))
    probe = open_probe(TAR, path=tarred(tmp_path / "p.tar", NAMES))
    assert (probe.names, probe.digest) == (folder.names, folder.digest)
    assert probe.image(7).getpixel((0, 0)) == folder.image(7).getpixel((0, 0))


def test_shards_are_one_probe_by_folder_and_by_pattern(tmp_path: Path):
    (tmp_path / "shards").mkdir()
    for number in range(3):
        path = tmp_path / "shards" / f"train-{number}.tar"
        tarred(path, ["a.jpg", "b.jpg"], first=2 * number)
    (tmp_path / "shards" / "notes.txt").write_text("x")
    probes = [
        open_probe(TAR, path=tmp_path / "shards" / pattern) for pattern in ("", "train-*.tar")
    ]
    assert probes[0].names == probes[1].names
    assert probes[0].names[:3] == ("train-0/a.jpg", "train-0/b.jpg", "train-1/a.jpg")
    assert len(set(probes[0].image_digests)) == 6
    assert len(open_probe(TAR, path=tmp_path / "shards" / "*[12].tar")) == 4


def test_shards_are_named_by_braces_as_webdataset_does(tmp_path: Path):
    for number in range(8, 12):
        tarred(tmp_path / f"train-{number:06d}.tar", ["a.jpg", "b.jpg"], first=2 * number)
    tarred(tmp_path / "val-0.tar", ["a.jpg"], first=90)
    probe = open_probe(TAR, path=tmp_path / "train-{000008..000011}.tar")
    assert probe.digest == open_probe(TAR, path=tmp_path / "train-*.tar").digest
    assert len(open_probe(TAR, path=tmp_path / "train-{000009..000010}.tar")) == 4
    assert len(open_probe(TAR, path=tmp_path / "{train,val}-*.tar")) == 9
    assert study.open_probe(tmp_path / "train-{000008..000009}.tar").names == probe.names[:4]
    with pytest.raises(StudyError, match=r"expected train-000012\.tar among the shards, found no"):
        open_probe(TAR, path=tmp_path / "train-{000008..000012}.tar")
    with pytest.raises(StudyError, match=r"expected at most 100,000 shards, found more"):
        open_probe(TAR, path=tmp_path / "train-{000000..999999}.tar")
    with pytest.raises(StudyError, match=r"expected a tar at .*, found nothing"):
        open_probe(TAR, path=tmp_path / "train-{000009..000008}.tar")


def test_links_in_a_tar_are_read_or_listed(tmp_path: Path):
    (tmp_path / "shards").mkdir()
    for shard in ("s1", "s2"):
        path = tarred(tmp_path / "shards" / f"{shard}.tar", ["a/0.png"], first=int(shard[1]))
        with tarfile.open(path, "a") as archive:
            for name, kind, target in (
                ("h.png", tarfile.LNKTYPE, "a/0.png"),
                ("h2.png", tarfile.LNKTYPE, "./h.png"),
                ("gone.png", tarfile.LNKTYPE, "../a/0.png"),
                ("s.png", tarfile.SYMTYPE, "a/0.png"),
                (".s.png", tarfile.SYMTYPE, "a/0.png"),
                ("pipe.png", tarfile.FIFOTYPE, ""),
                ("folder", tarfile.DIRTYPE, ""),
            ):
                member = tarfile.TarInfo(name)
                member.type, member.linkname = kind, target
                archive.addfile(member)
    probe = open_probe(TAR, path=tmp_path / "shards" / "s1.tar")
    assert probe.names == ("h.png", "h2.png", "a/0.png")
    assert len(set(probe.image_digests)) == 1
    assert probe.left_out == {
        "files with gaps or devices": 1,
        "links to other archives": 1,
        "symbolic links": 1,
    }
    both = open_probe(TAR, path=tmp_path / "shards")
    assert both.names[0] == "s1/h.png"
    assert (len(both), len(set(both.image_digests))) == (6, 2)
    with tarfile.open(tmp_path / "shards" / "s1.tar", "a") as archive:
        archive.addfile(tarfile.TarInfo("s.png"))
    with pytest.raises(StudyError, match=r"expected each member once, found 's\.png' twice"):
        open_probe(TAR, path=tmp_path / "shards" / "s1.tar")


@pytest.mark.parametrize(
    ("mode", "names", "said"),
    [
        ("w:gz", ["a.jpg"], "one that is compressed must be unpacked"),
        ("w", ["../a.jpg"], "expected members with relative names"),
        ("w", ["a.jpg", "./a.jpg"], "expected each member once, found 'a.jpg' twice"),
        ("w", ["a.txt.d"], ""),
    ],
)
def test_a_tar_that_cannot_be_read_is_refused(
    tmp_path: Path, mode: str, names: list[str], said: str
):
    path = tarred(tmp_path / "p.tar", names, mode)
    if not said:  # a picture whatever its name, and then cut short
        assert open_probe(TAR, path=path).names == ("a.txt.d",)
        probe = open_probe(TAR, path=path)
        path.write_bytes(path.read_bytes()[:530])
        assert isinstance(probe.check([0])[0], UnreadablePicture)
        return
    with pytest.raises(StudyError, match=said):
        open_probe(TAR, path=path)


@pytest.mark.parametrize(
    ("given", "path", "said"),
    [
        (FOLDER, "p.zip", 'found a zip: set kind = "zip"'),
        (FOLDER, "p.tar", 'found a tar: set kind = "tar"'),
        (ZIP, "p.tar", 'found a tar: set kind = "tar"'),
        (ZIP, "photos", 'found a folder: set kind = "folder"'),
        (TAR, "p.zip", 'a zip needs kind = "zip"'),
    ],
)
def test_another_container_is_named(tmp_path: Path, given: ProbeSettings, path: str, said: str):
    fill(tmp_path / "photos", ["a.png"])
    zipped(tmp_path / "p.zip", ["a.png"])
    tarred(tmp_path / "p.tar", ["a.png"])
    with pytest.raises(StudyError, match=said):
        open_probe(given, path=tmp_path / path)


def test_pictures_are_found_by_content_and_by_all_usual_endings(tmp_path: Path):
    image = Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3))
    for name, kind in {
        "a.jfif": "JPEG", "b.jpe": "JPEG", "c.gif": "GIF", "d.jp2": "JPEG2000", "e.avif": "AVIF",
        "f.ppm": "PPM", "g.mpo": "MPO", "h.orig": "PNG", "i": "WEBP", "k.jpg_1": "JPEG",
    }.items():  # fmt: skip
        image.save(tmp_path / name, kind)
    for name in ("l.heic", "m.txt", "n.svg", ".hidden", "o.csv"):
        (tmp_path / name).write_bytes(b"\0\0\0 ftypheic" if name == "l.heic" else b"<svg>")
    probe = open_probe(FOLDER, path=tmp_path)
    assert [name[0] for name in probe.names] == list("abcdefghik")
    assert probe.check(range(10)) == [False] * 10
    assert probe.left_out == {".csv": 1, ".heic": 1, ".svg": 1, ".txt": 1}


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_grey_of_16_bits_keeps_its_grey(kind: str):
    values = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    stored = io.BytesIO()
    Image.fromarray(values).save(stored, kind)
    decoded = np.asarray(decode(stored.getvalue(), "x"))
    assert (decoded == (values >> 8)[..., None]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_numbers_without_a_white_are_refused(dtype: type):
    stored = io.BytesIO()
    Image.fromarray(np.ones((4, 4), dtype)).save(stored, "TIFF")
    with pytest.raises(UnreadablePicture, match="32 bits a channel"):
        decode(stored.getvalue(), "x.tif")


def test_members_are_known_by_their_plain_names(tmp_path: Path):
    folder = open_probe(FOLDER, path=fill(tmp_path / "photos", ["00.png", "a/00.png", "a/b/1.png"]))
    path = zipped(tmp_path / "p.zip", ["./00.png", "a//00.png", "a/./b/1.png"])
    probe = open_probe(ZIP, path=path)
    assert probe.names == folder.names
    assert probe.digest == folder.digest
    assert probe.image(1).size == (8, 8)
    with pytest.raises(StudyError, match=r"each member once, found 'a/1\.png' twice"):
        open_probe(ZIP, path=zipped(tmp_path / "q.zip", ["a/1.png", "b.png", "a//1.png"]))


def test_a_damaged_member_is_named(tmp_path: Path):
    path = zipped(tmp_path / "p.zip", ["a.png", "b.png"])
    data = bytearray(path.read_bytes())
    at = data.index(photo(1))
    data[at + 20] ^= 255
    path.write_bytes(data)
    with pytest.raises(StudyError, match=r"^b\.png: expected a picture, found a damaged zip"):
        open_probe(ZIP, path=path)
    assert open_probe(ZIP, path=path, skip_unreadable=True).names == ("a.png",)


def test_a_member_of_enormous_size_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = zipped(tmp_path / "p.zip", ["a.png"])
    monkeypatch.setattr("study.inputs.containers.MAX_BYTES", 20)
    with pytest.raises(UnreadablePicture, match="bytes, more than 20"):
        open_probe(ZIP, path=path)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_lies_about_its_size_takes_no_more_memory(tmp_path: Path, method: int):
    path = tmp_path / "p.zip"
    real = 200_000_003
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.png", bytes(real))
    data = path.read_bytes()
    assert data.count(real.to_bytes(4, "little")) == 2
    path.write_bytes(data.replace(real.to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    files = zip_file(path)
    tracemalloc.start()
    with pytest.raises(UnreadablePicture, match=r"^a\.png: .* found a damaged zip"):
        files.read("a.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


# --- the truth table


def truth_files(root: Path, truth: str | None, categories: str | None = None) -> ProbeSettings:
    paths = root / "truth.csv", root / "categories.csv"
    for path, text in zip(paths, (truth, categories), strict=True):
        if text is not None:
            path.write_text(text, encoding="utf-8")
    return replace(FOLDER, truth=paths[0], categories=None if categories is None else paths[1])


def test_truth_follows_the_images_into_any_part_of_the_probe(tmp_path: Path):
    root = fill(tmp_path / "photos", ["a/1.png", "a/2.png", "b/3.png"])
    settings = truth_files(
        tmp_path,
        "image,dog,sky\nb/3.png,1,1\na/1.png,0,1\na/2.png,1,0\n",
        "concept,category,truth\ndog,animal,dog\npuppy,animal,dog\nnan,noise,\n",
    )
    probe = open_probe(settings, path=root)
    assert probe.truth.columns == ("dog", "sky")
    assert probe.truth.values.dtype == np.bool_
    assert probe.truth.values.tolist() == [[False, True], [True, False], [True, True]]
    assert probe.truth.words == {"dog": "dog", "puppy": "dog", "nan": None}
    assert probe.truth.categories == {"dog": "animal", "puppy": "animal", "nan": "noise"}
    (root / "a/1.png").write_bytes(b"")
    rest = open_probe(settings, path=root, skip_unreadable=True)
    assert rest.truth.values.tolist() == [[True, False], [True, True]]
    part = open_probe(settings, path=root, limit=1)
    assert part.truth.values.shape == (1, 2)


def test_without_categories_each_column_decides_its_own_name(tmp_path: Path):
    settings = truth_files(tmp_path, "\ufeffimage,dog\r\na.png,1\r\n")
    probe = open_probe(settings, path=fill(tmp_path / "photos", ["a.png"]))
    assert probe.truth.words == {"dog": "dog"}
    assert probe.truth.categories == {}


def test_names_in_another_spelling_are_written_anew_and_said(tmp_path: Path):
    columns, words = (
        "image,hot\u00a0dog,sky\na.png,1,0\n",
        "concept,category,truth\ncafe\u0301,,hot  dog\n",
    )
    root = fill(tmp_path / "photos", ["a.png"])
    truth = open_probe(truth_files(tmp_path, columns, words), path=root).truth
    assert truth.columns == ("hot dog", "sky")
    assert truth.words == {"caf\u00e9": "hot dog"}
    said = "2 names written anew with single spaces and composed letters, such as 'hot dog'"
    assert truth.notes == (said,)
    plain = open_probe(truth_files(tmp_path, columns.replace("\u00a0", " ")), path=root).truth
    assert (plain.columns, plain.notes) == (truth.columns, ())


GOOD = "image,dog\na.png,1\nb.png,0\n"
WORDS = "concept,category,truth\n"
BAD_TRUTH = {
    "absent": (None, None, r"cannot read .*truth\.csv"),
    "header": ("picture,dog\n", None, r"truth\.csv: line 1: expected the column.* image"),
    "no truth": ("image\n", None, r"truth\.csv: line 1: expected the column image"),
    "column twice": ("image,dog,dog\n", None, "each column once, found image,dog,dog"),
    "value": (
        GOOD.replace("b.png,0", "b.png,yes"),
        None,
        "line 3: dog: expected 0, 1 or a number between, found",
    ),
    "cells": (GOOD + "c.png\n", None, r"truth\.csv: line 4: expected 2 fields, found 1"),
    "missing": ("image,dog\na.png,1\n", None, r"every image, found none for 'b\.png'"),
    "unknown": (GOOD + "c.png,1\n", None, r"line 4: .* image of the probe, found 'c\.png'"),
    "twice": (GOOD + "b.png,1\n", None, r"line 4: expected each image once, found 'b\.png'"),
    "no csv": ('image,"dog\n', None, r"truth\.csv: expected a table in CSV"),
    "words": (GOOD, "word,truth\n", r"categories\.csv: line 1: .* concept,category,truth"),
    "word twice": (GOOD, WORDS + "dog,x,\ndog,y,\n", r"categories\.csv: line 3: expected each"),
    "alike columns": ("image,hot dog,hot\u00a0dog\n", None, "expected .* each column once"),
    "alike words": (GOOD, WORDS + "caf\u00e9,x,\ncafe\u0301,y,\n", "line 3: expected each concept"),
    "unseen": (
        GOOD.replace("dog", "dog\u200b"),
        None,
        r"truth\.csv: line 1: .*found U\+200B",
    ),
    "turned": (GOOD, WORDS + "\u202edog,x,dog\n", r"categories\.csv: line 2: .*found U\+202E"),
    "unseen kind": (GOOD, WORDS + "dog,x\u2066,dog\n", r"categories\.csv: line 2: .*found U\+2066"),
    "column": (GOOD, WORDS + "cat,x,cat\n", r"categories\.csv: line 2: expected a column .* 'cat'"),
}


@pytest.mark.parametrize("kind", BAD_TRUTH)
def test_a_truth_table_that_does_not_fit_is_named_with_its_line(tmp_path: Path, kind: str):
    truth, categories, words = BAD_TRUTH[kind]
    settings = truth_files(tmp_path, truth, categories)
    with pytest.raises(StudyError, match=words):
        open_probe(settings, path=fill(tmp_path / "photos", ["a.png", "b.png"]))


# --- loading


def numbered(root: Path, count: int = 11) -> Probe:
    return open_probe(FOLDER, path=fill(root, [f"{i:02d}.png" for i in range(count)]))


@pytest.mark.parametrize("size", [1, 4, 11, 64])
def test_batches_are_the_images_in_order(tmp_path: Path, size: int):
    probe = numbered(tmp_path)
    seen: list[int] = []
    for indices, tensors in batches(probe, {"net": SMALL.apply}, size=size):
        assert len(indices) == min(size, 11 - len(seen))
        assert tensors["net"].is_contiguous(memory_format=torch.channels_last)
        for index, tensor in zip(indices, tensors["net"], strict=True):
            assert torch.equal(tensor, SMALL.apply(probe.image(index)))
        seen += indices
    assert seen == list(range(11))


def test_batches_of_chosen_images_keep_the_order_of_the_choice(tmp_path: Path):
    chosen = list(batches(numbered(tmp_path), {0: SMALL.apply}, indices=[7, 2, 9], size=2))
    assert [indices for indices, _ in chosen] == [(7, 2), (9,)]
    assert list(batches(numbered(tmp_path), {0: SMALL.apply}, indices=[])) == []


def test_equal_transforms_share_one_tensor_and_one_decoding(tmp_path: Path):
    probe = numbered(tmp_path, 3)
    decoded: list[str] = []
    files = probe.files
    counted = replace(files, read=lambda name: decoded.append(name) or files.read(name))
    probe = replace(probe, files=counted)
    keys = {
        "a": SMALL.apply,
        "b": Preprocessing(resize=None, crop=8).apply,
        "c": Preprocessing(resize=None, crop=4).apply,
        "d": lambda image: torch.zeros(3, 1, 1),
    }
    [(_, tensors)] = list(batches(probe, keys))
    assert tensors["a"] is tensors["b"]
    assert tensors["c"].shape == (3, 3, 4, 4)
    assert tensors["d"].shape == (3, 3, 1, 1)
    assert sorted(decoded) == ["00.png", "01.png", "02.png"]


def test_a_failure_in_a_thread_names_the_photo_and_leaves_no_thread(tmp_path: Path):
    numbered(tmp_path)
    (tmp_path / "09.png").write_bytes(b"")
    probe = open_probe(FOLDER, path=tmp_path)
    with pytest.raises(StudyError, match=r"^09\.png: expected a picture, found an empty file"):
        list(batches(probe, {0: SMALL.apply}, size=2))
    stream = batches(probe, {0: SMALL.apply}, size=2)
    next(stream)
    stream.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("decode")]


def test_only_a_few_batches_are_prepared_ahead(tmp_path: Path):
    started: list[int] = []
    counted = {0: lambda image: started.append(1) or SMALL.apply(image)}
    stream = batches(numbered(tmp_path), counted, size=2)
    next(stream)
    time.sleep(0.2)  # long enough for threads that had more to do
    assert len(started) == 8  # the batch at hand, two more, and one for the batch taken
    stream.close()


def test_photos_of_unlike_sizes_need_a_crop(tmp_path: Path):
    root = fill(tmp_path, ["a.png", "b.png"], lambda i: photo(size=(4 + i, 4)))
    probe = open_probe(FOLDER, path=root)
    whole = Preprocessing(resize=None, crop=None)
    with pytest.raises(StudyError, match=r"^b\.png: .* 3 x 4 x 4 .* found 3 x 4 x 5: set crop"):
        list(batches(probe, {0: whole.apply}))


def test_a_truncated_photo_is_refused_though_a_library_admits_it(monkeypatch: pytest.MonkeyPatch):
    """WeasyPrint lets Pillow read truncated images, in the whole process."""
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(UnreadablePicture, match=r"1\.jpg"):
        decode(JPEG[:-200], "1.jpg")


@pytest.mark.parametrize("size", [1 << 33, 1 << 50])
def test_a_tar_whose_header_states_a_huge_size_is_one_line(tmp_path, size):
    member = tarfile.TarInfo("pax")
    member.type, member.size = tarfile.XHDTYPE, size
    (tmp_path / "huge.tar").write_bytes(member.tobuf(tarfile.GNU_FORMAT) + b"\0" * 2048)
    with pytest.raises(StudyError, match=r"huge.tar: expected a tar of pictures, found"):
        tar_files(tmp_path / "huge.tar")
