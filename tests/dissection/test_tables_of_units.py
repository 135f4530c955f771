"""The tables of single units read back as they were written; what is wrong is refused by line."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from study.dissection import (
    best_table,
    map_table,
    neighbour_table,
    picture_table,
    profile_table,
)
from study.dissection.best_table import Best
from study.dissection.loaded import load_runs
from study.dissection.map_table import Maps
from study.dissection.neighbour_table import Neighbour
from study.dissection.picture_table import Picture, webp_size
from study.dissection.profile_table import Profile
from study.dissection.run import Run
from study.dissection.run_files import BESIDE, is_of_run
from study.errors import StudyError
from tests.strategies_tables import descriptions, dissection, texts

numbers = st.floats(-1e9, 1e9)
layer_names = texts
digests = st.text("0123456789abcdef", min_size=16, max_size=16)


def webp(width=8, height=6, **options):
    data = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(data, "WEBP", **options)
    return data.getvalue()


def coded(data):
    return base64.b64encode(data).decode()


@given(
    st.dictionaries(
        st.tuples(layer_names, st.integers(0, 9999)),
        st.lists(st.tuples(descriptions, numbers), min_size=1, max_size=best_table.RANKS),
        max_size=4,
    )
)
def test_best_reads_back(units):
    rows = []
    for (layer, unit), found in units.items():
        values = sorted((value for _, value in found), reverse=True)
        for rank, ((label, _), value) in enumerate(zip(found, values, strict=True), start=1):
            rows.append(Best(layer, unit, rank, label, value))
    assert best_table.parse(best_table.dumps(rows).encode(), name="x") == tuple(rows)


@st.composite
def profiles(draw):
    units = draw(st.lists(st.tuples(layer_names, st.integers(0, 9999)), max_size=4, unique=True))
    counts, rows = draw(st.lists(st.integers(0, 99), min_size=20, max_size=20)), []
    for layer, unit in units:
        low, high = sorted(draw(st.lists(numbers, min_size=2, max_size=2, unique=True)))
        x, y = draw(st.just((None, None)) | st.tuples(numbers, numbers))
        rows.append(Profile(layer, unit, low, high, tuple(draw(st.permutations(counts))), x, y))
    return rows


@given(profiles())
def test_profiles_read_back(rows):
    assert profile_table.parse(profile_table.dumps(rows).encode(), name="x") == tuple(rows)


@given(
    st.dictionaries(
        st.tuples(layer_names, st.integers(0, 9999), digests),
        st.lists(
            st.tuples(layer_names, st.integers(0, 9999), st.floats(-1, 1)), min_size=1, max_size=3
        ),
        max_size=4,
    )
)
def test_neighbours_read_back(units):
    rows = []
    for key, found in units.items():
        values = sorted((value for *_, value in found), reverse=True)
        for rank, ((name, unit, _), value) in enumerate(zip(found, values, strict=True), start=1):
            rows.append(Neighbour(*key, rank, name, unit, value))
    assert neighbour_table.parse(neighbour_table.dumps(rows).encode(), name="x") == tuple(rows)


@given(st.lists(texts, max_size=4, unique=True))
def test_pictures_read_back(names):
    rows = tuple(Picture(name, webp(width=8 + n)) for n, name in enumerate(names))
    assert picture_table.parse(picture_table.dumps(rows).encode(), name="x") == rows


def test_a_picture_as_large_as_is_allowed_reads_back():
    """Longer than the standard library takes a field to be."""
    noise = np.random.default_rng(0).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(noise).save(data, "WEBP", lossless=True)
    rows = (Picture("a", data.getvalue()),)
    assert 2 * 131_072 < len(rows[0].webp) <= picture_table.MAX_PICTURE
    assert picture_table.parse(picture_table.dumps(rows).encode(), name="x") == rows


@st.composite
def maps(draw):
    units = draw(st.lists(st.tuples(layer_names, st.integers(0, 9999)), max_size=3, unique=True))
    rows = []
    for layer, unit in units:
        images, high, wide = (draw(st.integers(1, 4)) for _ in range(3))
        low, most = sorted(draw(st.tuples(numbers, numbers)))
        count = images * high * wide
        rows.append(
            Maps(
                layer=layer,
                unit=unit,
                images=images,
                rows=high,
                columns=wide,
                low=low,
                high=most,
                top=draw(numbers),
                down=draw(numbers),
                left=draw(numbers),
                right=draw(numbers),
                values=draw(st.binary(min_size=count, max_size=count)),
            )
        )
    return rows


@given(maps())
def test_maps_read_back(rows):
    assert map_table.parse(map_table.dumps(rows).encode(), name="x") == tuple(rows)


@pytest.mark.parametrize(
    "options", [{"quality": 70}, {"lossless": True}, {"exif": b"Exif\0\0MM\0*", "quality": 70}]
)
@pytest.mark.parametrize("size", [(1, 1), (96, 96), (513, 7), (2048, 2049)])
def test_the_size_of_a_webp_is_read_from_its_header(options, size):
    data = webp(*size, **options)
    assert data[12:16] in (b"VP8 ", b"VP8L", b"VP8X")
    assert webp_size(data) == size == Image.open(io.BytesIO(data)).size
    assert webp_size(data[:-1]) is None
    assert webp_size(data + b"\0\0") is None


BINS = "[" + ", ".join(["1"] * 20) + "]"
GRID = "0,1,.1,.2,.1,.2"
BIG = coded(bytes(map_table.MAX_VALUES + 3))
HOSTILE = {
    best_table: (
        "l,0,1,a,2",
        ("l,x,2,b,1", "unit: expected a number, found 'x'"),
        ("l,-1,1,b,1", "unit: expected a whole number from 0, found '-1'"),
        ("l,0,3,b,1", "rank: expected 2, found 3"),
        ("l,0,1,b,1", "rank: expected 2, found 1"),
        ("l,1,6,b,1", "rank: expected a whole number from 1 to 5, found '6'"),
        ("l,0,2,b,2.5", "similarity: expected a number up to 2, found '2.5'"),
        ("l,0,2,b,nan", "similarity: expected a number, found 'nan'"),
        ("l,0,2,b,", "similarity: expected a number up to 2, found ''"),
        ("l,0,2, ,1", "label: expected a concept, found ' '"),
    ),
    profile_table: (
        f'l,0,0,1,"{BINS}",1,2',
        (f'l,0,0,1,"{BINS}",1,2', "expected each unit once, found l 0 again"),
        (f'l,1.5,0,1,"{BINS}",,', "unit: expected a number, found '1.5'"),
        (f'l,1,2,1,"{BINS}",,', "expected low below high"),
        (f'l,1,,1,"{BINS}",,', "expected low below high"),
        (f'l,1,0,1,"{BINS}",1,', "expected x and y or neither"),
        (f'l,1,0,1,"{BINS}",inf,1', "x: expected a number, found 'inf'"),
        ('l,1,0,1,"[1, 2]",,', "counts: expected 20 whole numbers as JSON"),
        (f'l,1,0,1,"{BINS[:-1]}, 1]",,', "counts: expected 20 whole numbers as JSON"),
        (f'l,1,0,1,"{BINS.replace("1", "true")}",,', "counts: expected 20 whole numbers"),
        (f'l,1,0,1,"{BINS.replace("1", "-1")}",,', "counts: expected 20 whole numbers"),
        ("l,1,0,1," + "[" * 100_000 + ",,", "counts: expected 20 whole numbers"),
        (f'l,1,0,1,"{BINS.replace("1", "2")}",,', "counts: expected 20 images, found 40"),
    ),
    neighbour_table: (
        f"l,0,{'a' * 16},1,m,3,0.5",
        (f"l,0,{'a' * 15},2,m,3,0.5", "other: expected 16 digits of a sha256"),
        (f"l,0,{'A' * 16},1,m,3,0.5", "other: expected 16 digits of a sha256"),
        (f"l,0,{'a' * 16},3,m,3,0.5", "rank: expected 2, found 3"),
        (f"l,1,{'a' * 16},4,m,3,0.5", "rank: expected a whole number from 1 to 3"),
        (f"l,0,{'a' * 16},2,m,3,0.6", "correlation: expected a number from -1 to 0.5"),
        (f"l,1,{'a' * 16},1,m,3,1.1", "correlation: expected a number from -1 to 1.0"),
        (f"l,1,{'a' * 16},1,m,3,", "correlation: expected a number from -1 to 1.0, found ''"),
        (f"l,1,{'a' * 16},1,m,,0.5", "other_unit: expected a whole number from 0, found ''"),
    ),
    picture_table: (
        f"a,{coded(webp())}",
        (f"a,{coded(webp())}", "expected each image once, found 'a' again"),
        (f"b,{coded(webp())[:-1]}", "webp: expected base64, found 'UklGR"),
        (f"b, {coded(webp())}", "webp: expected base64"),
        ("b,", "webp: expected 1 to 1,048,576 bytes, found 0"),
        (f"b,{coded(webp()[:-1])}", "webp: expected a picture in WebP"),
        (f"b,{coded(b'<svg onload=alert(1)>' * 9)}", "webp: expected a picture in WebP"),
        (f"b,{coded(webp(2049, 3))}", "webp: expected at most 2048 by 2048 pixels, found 2,049"),
        (f"b,{coded(webp(3, 2049, lossless=True))}", "webp: expected at most 2048 by 2048"),
        (f"b,{BIG}", "webp: expected 1 to 1,048,576 bytes, found 1,048,579"),
    ),
    map_table: (
        f"l,0,1,1,3,{GRID},AAAA",
        (f"l,0,1,1,3,{GRID},AAAA", "expected each unit once, found l 0 again"),
        (f"l,1,1,1,2,{GRID},AAAA", "values: expected 1 x 1 x 2, found 3"),
        (f"l,1,0,1,3,{GRID},AAAA", "images: expected a whole number from 1"),
        (f"l,1,9999999,1,3,{GRID},AAAA", "images: expected a whole number from 1 to 1,048,576"),
        (f"l,1,1,1,3,2{GRID},AAAA", "expected low up to high, found '20'"),
        ("l,1,1,1,3,0,1,,.2,.1,.2,AAAA", "top: expected a number, found ''"),
        ("l,1,1,1,3,0,1,.1,.2,.1,nan,AAAA", "right: expected a number, found 'nan'"),
        (f"l,1,1,1,3,{GRID},AAA!", "values: expected base64, found 'AAA!'"),
        (f"l,1,1,1,3,{GRID},{BIG}", "values: expected 1 to 1,048,576 bytes, found 1,048,579"),
    ),
}


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [(table, *case) for table, (_, *cases) in HOSTILE.items() for case in cases],
    ids=lambda value: str(value)[:30] if isinstance(value, str) else "",
)
def test_a_hostile_row_is_refused_by_line(table, row, message):
    head = ",".join(table.COLUMNS)
    good = f"{head}\n{HOSTILE[table][0]}\n"
    assert len(table.parse(good.encode(), name="x.csv")) == 1
    with pytest.raises(StudyError) as refused:
        table.parse(f"{good}{row}\n".encode(), name="x.csv")
    assert str(refused.value).startswith("x.csv: line 3: "), refused.value
    assert message in str(refused.value)
    assert len(str(refused.value)) < 300
    with pytest.raises(StudyError, match=r"x\.csv: line 1: expected the columns"):
        table.parse(b"layer\nl\n", name="x.csv")


def test_a_run_holds_what_its_tables_say(tmp_path):
    table = dissection(l1="a b", l2="c")
    best = [Best("l1", 0, 1, "a", 0.5), Best("l1", 0, 2, "b", 0.25)]
    profile = Profile("l1", 0, 0.0, 1.0, (2,) + (0,) * 18 + (1,), None, None)
    near = Neighbour("l1", 0, "0" * 16, 1, "l2", 0, 0.5)
    shown = map_table.parse(
        f"{','.join(map_table.COLUMNS)}\n{HOSTILE[map_table][0]}\n".encode(), name="x"
    )
    folder = tmp_path / "x"
    folder.mkdir()
    table.write_csv(folder / "descriptions.csv")
    best_table.write(best, folder / "best.csv")
    profile_table.write([profile], folder / "profiles.csv")
    neighbour_table.write([near], folder / "neighbours.csv")
    picture_table.write([Picture("p", webp())], folder / "pictures.csv")
    map_table.write(shown, folder / "maps.csv")
    [run] = load_runs([folder])
    assert (run.best, run.profiles, run.neighbours) == (tuple(best), (profile,), (near,))
    assert run.pictures() == {"p": webp()}
    assert run.maps() == {("l", 0): shown[0]}
    names = {"best.csv", "profiles.csv", "neighbours.csv", "pictures.csv", "maps.csv"}
    assert names <= set(BESIDE) & set(run.files)
    assert all(map(is_of_run, names))
    assert set(load_runs([run.save(tmp_path / "y")])[0].files) == set(run.files)
    (folder / "pictures.csv").write_bytes(b"image,webp\np,eA==\n")
    with pytest.raises(StudyError, match=r"x/pictures\.csv: line 2: webp: expected a picture"):
        load_runs([folder])[0].pictures()


def test_a_run_without_them_has_none():
    run = Run.of({"descriptions.csv": dissection(l="a").dumps()}, name="x")
    assert (run.best, run.profiles, run.neighbours) == ((), (), ())
    assert (run.pictures(), run.maps()) == ({}, {})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (Best("l", 0, 1, "b", 0.5), "expected 'a' as in descriptions.csv, found 'b' for l unit 0"),
        (Best("l", 1, 1, "a", 0.5), "expected a unit as in descriptions.csv, found 'a' for l"),
        (Best("m", 0, 1, "a", 0.5), "expected a unit as in descriptions.csv, found 'a' for m"),
    ],
)
def test_the_best_concept_is_the_description(row, message):
    files = {
        "descriptions.csv": dissection(l="a").dumps(),
        "best.csv": best_table.dumps([row]).encode(),
    }
    with pytest.raises(StudyError, match=f"x/best.csv: {message}"):
        Run.of(files, name="x")
