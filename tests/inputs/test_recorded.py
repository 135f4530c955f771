"""Recorded activations: rows find their images, and nothing that does not fit is used."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from study.errors import StudyError
from study.inputs.recorded import NAMES, read_recorded, single

NAMED = ["a.jpg", "b.jpg", "c.jpg"]
VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)
ORDER = [2, 0, 1]


def written(folder, kind, *, values=VALUES, names=None):
    """The file of a kind; `names` of its rows, where they are not the probe's in order."""
    path = folder / f"acts.{kind}"
    if kind == "npy":
        np.save(path, values)
    elif kind == "npz":
        extra = {} if names is None else {"images": np.array(names)}
        np.savez(path, layer4=values, **extra)
    elif kind == "safetensors":
        extra = None if names is None else {"images": json.dumps(names)}
        save_file({"layer4": np.ascontiguousarray(values)}, path, metadata=extra)
    else:
        head = ["image", *(f"u{unit}" for unit in range(values.shape[1]))]
        rows = [[name, *map(str, row)] for name, row in zip(names or NAMED, values, strict=True)]
        path.write_text("\n".join(",".join(line) for line in (head, *rows)))
    if kind == "npy" and names is not None:
        (folder / f"acts.npy{NAMES}").write_text("\n".join(names))
    return path


@pytest.mark.parametrize("kind", ["npy", "npz", "safetensors", "csv"])
def test_rows_find_their_images(kind, tmp_path):
    names = [NAMED[row] for row in ORDER] + ["z.jpg"]
    values = np.vstack([VALUES[ORDER], 99 + VALUES[:1]])
    read = read_recorded(
        written(tmp_path, kind, values=values, names=names), ["layer4"], names=NAMED
    )
    assert np.array_equal(read.layers["layer4"], VALUES)
    assert read.notes == (f"acts.{kind}: rows of 1 images that the probe lacks are left out",)


@pytest.mark.parametrize("kind", ["npy", "npz", "safetensors"])
def test_rows_without_names_are_in_the_probes_order_which_is_said(kind, tmp_path):
    read = read_recorded(written(tmp_path, kind), ["layer4"], names=NAMED)
    assert np.array_equal(read.layers["layer4"], VALUES)
    assert read.notes == (f"acts.{kind} names no images: its rows are taken in the probe's order",)


@pytest.mark.parametrize(
    ("values", "names", "problem"),
    [
        (
            VALUES[:2],
            None,
            r"layer4: expected 3 rows, one for each image, found 2: name the images",
        ),
        (VALUES[0], None, r"layer4: expected numbers \(images, units\), found float32 of shape"),
        (VALUES.astype(str), None, r"expected numbers \(images, units\), found <U"),
        (np.where(VALUES == 5, np.nan, VALUES), None, r"found nan at unit 1 for b\.jpg$"),
        (VALUES, ["a.jpg", "b.jpg", "b.jpg"], r"expected each image once, found 'b\.jpg' twice"),
        (VALUES, ["a.jpg", "b.jpg", "d.jpg"], r"found none for 'c\.jpg' \(1 such images\)"),
    ],
)
def test_what_does_not_fit_is_refused(values, names, problem, tmp_path):
    path = written(tmp_path, "npy", values=values, names=names)
    with pytest.raises(StudyError, match=problem):
        read_recorded(path, ["layer4"], names=NAMED)


TINY = np.random.default_rng(0).random((3, 4))
LOST = r"layer4: expected activations that single precision tells apart, found 3 distinct values"


@pytest.mark.parametrize("kind", ["npy", "npz", "safetensors", "csv"])
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            1e9 + TINY,
            LOST + r" from 1000000000\.\d+ to 1000000000\.\d+ at unit 0, of which it keeps 1",
        ),
        (
            TINY * 1e300,
            r"found \d\.\d+e\+\d+ at unit 0 for a\.jpg, more than single .* divide all by",
        ),
        (TINY * 1e-300, LOST),
    ],
)
@pytest.mark.filterwarnings("error")
def test_what_single_precision_cannot_hold_is_refused(kind, values, problem, tmp_path):
    with pytest.raises(StudyError, match=problem):
        read_recorded(written(tmp_path, kind, values=values), ["layer4"], names=NAMED)


@pytest.mark.parametrize("kind", ["npy", "npz", "safetensors"])
def test_whole_numbers_beyond_single_precision_are_refused(kind, tmp_path):
    near, far = ((1 << power) + np.arange(12).reshape(3, 4) for power in (24, 60))
    read = read_recorded(written(tmp_path, kind, values=near), ["layer4"], names=NAMED)
    assert (np.diff(read.layers["layer4"], axis=0) > 0).all()
    with pytest.raises(StudyError, match=LOST + r" from 11529215\d+ to 11529215\d+ at unit 0"):
        read_recorded(written(tmp_path, kind, values=far), ["layer4"], names=NAMED)


def test_an_outlier_does_not_hide_that_the_others_are_lost():
    values = 1e9 + np.random.default_rng(0).random((99, 2))
    values[5] = 9e9
    with pytest.raises(StudyError, match=r"found 99 distinct values .* it keeps 2: subtract each"):
        single(values, "x", names=[str(row) for row in range(99)])


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int64, np.uint8, bool])
def test_ordinary_numbers_of_any_type_are_taken_and_constant_units_too(kind):
    values = (np.random.default_rng(0).normal(3, 40, (50, 4)).clip(0, 200)).astype(kind)
    values[:, 1] = values[0, 1]
    taken = single(values, "x", names=[""] * 50)
    assert taken.dtype == np.float32
    assert np.array_equal(taken, values.astype(np.float32))


def test_a_unit_that_varies_by_rounding_alone_is_constant():
    jitter = np.array([[0.3], [0.1 + 0.2], [0.3]])
    assert len(set(single(jitter, "x", names=NAMED)[:, 0].tolist())) == 1


def test_masked_entries_are_refused():
    masked = np.ma.masked_array(VALUES, mask=VALUES == 5)
    with pytest.raises(StudyError, match="found a masked array, whose mask would be ignored"):
        single(masked, "x", names=NAMED)
    assert np.array_equal(single(np.ma.masked_array(VALUES), "x", names=NAMED), VALUES)


def test_other_files_are_refused(tmp_path):
    path = written(tmp_path, "npz")
    with pytest.raises(StudyError, match=r"expected an array 'layer9', found layer4$"):
        read_recorded(path, ["layer9"], names=NAMED)
    with pytest.raises(StudyError, match=r"holds one layer, but the network has a, b: name one"):
        read_recorded(written(tmp_path, "npy"), ["a", "b"], names=NAMED)
    with pytest.raises(StudyError, match=r"cannot read none\.npy: No such file"):
        read_recorded(tmp_path / "none.npy", ["a"], names=NAMED)
    (tmp_path / "x.csv").write_text("image,u0\na.jpg,red\n")
    with pytest.raises(StudyError, match=r"x\.csv: line 2: could not convert .*'red'"):
        read_recorded(tmp_path / "x.csv", ["a"], names=NAMED)


def test_no_pickle_runs(tmp_path):
    class Writes:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    np.save(tmp_path / "bad.npy", np.array([Writes()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "bad.npz", layer4=np.array([Writes()], dtype=object))
    for name in ("bad.npy", "bad.npz"):
        with pytest.raises(StudyError, match=r"^bad\.np[yz]: expected "):
            read_recorded(tmp_path / name, ["layer4"], names=NAMED)
    assert not (tmp_path / "ran").exists()
