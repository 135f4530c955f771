"""The per-unit measurements: typed, verbatim, and refused where they cannot be."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.dissection import labels
from study.errors import StudyError
from tests.strategies_tables import dissection, measurements, texts

SHARE = st.none() | st.floats(0, 1)
NUMBER = st.none() | st.floats(allow_nan=False, allow_infinity=False)
FLAG = st.none() | st.integers(0, 1)
VALUES = {
    name: texts | st.just("") if kind == "str" else NUMBER for name, kind in labels.COLUMNS.items()
} | {
    "unit": st.integers(0, 10**6),
    "dead": st.integers(0, 1),
    "significant": FLAG,
    "confident": FLAG,
    "set_size": st.none() | st.integers(1, 50),
    **dict.fromkeys(labels._SHARES, SHARE),
}


@st.composite
def frames(draw):
    optional = draw(st.sets(st.sampled_from([c for c in VALUES if c not in labels.REQUIRED])))
    columns = [name for name in VALUES if name in labels.REQUIRED or name in optional]
    row = st.tuples(*(VALUES[name] for name in columns))
    rows = draw(st.lists(row, max_size=6, unique_by=lambda values: values[:2]))
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return frame.astype({name: labels.COLUMNS[name] for name in columns})


def small(**columns):
    return measurements(
        dissection(a="null red"),
        label=["null", ""],
        similarity=[0.5, 0.25],
        runner_up=["nan", ""],
        margin=[0.125, np.nan],
        dead=[0, 1],
        **columns,
    )


@given(frames())
def test_a_written_table_reads_back_as_it_was(tmp_path_factory, frame):
    path = tmp_path_factory.mktemp("labels") / "labels.csv"
    labels.write(frame, path)
    back = labels.read(path)
    pd.testing.assert_frame_equal(back, frame)
    written = path.read_bytes()
    labels.write(back, path)
    assert path.read_bytes() == written


def test_the_text_is_this_and_words_that_look_missing_are_words(tmp_path):
    path = tmp_path / "labels.csv"
    labels.write(small(confident=[True, None], set_size=[3, None], stability=[1.0, None]), path)
    assert path.read_bytes().decode() == (
        "layer,unit,label,similarity,runner_up,margin,dead,stability,set_size,confident\n"
        "a,0,null,0.5,nan,0.125,0,1.0,3,1\n"
        "a,1,,0.25,,,1,,,\n"
    )
    frame = labels.read(path)
    assert frame["label"].tolist() == ["null", ""]
    assert frame["runner_up"].tolist() == ["nan", ""]
    assert frame.dtypes.astype(str).to_dict() == {c: labels.COLUMNS[c] for c in frame}


def test_columns_come_in_any_order_and_unknown_ones_are_dropped(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("dead,note,margin,runner_up,similarity,label,unit,layer\n0,x,1,b,2,a,0,l\n")
    read = labels.read(path)
    assert tuple(read.columns) == labels.REQUIRED
    assert read.iloc[0].tolist() == ["l", 0, "a", 2.0, "b", 1.0, 0]


LINE = "layer,unit,label,similarity,runner_up,margin,dead,stability,set_size,confident\n"
BAD = {
    "no file": (None, "No such file"),
    "empty": ("", "expected the columns"),
    "column missing": ("layer,unit,label\n", "line 1: expected the columns"),
    "row short": (LINE + "a,0,b\n", "line 2: expected 10 fields, found 3"),
    "unit no number": (LINE + "a,x,b,1,,,0,,,\n", "line 2: unit: expected a number, found 'x'"),
    "unit endless": (LINE + f"a,{'9' * 400},b,1,,,0,,,\n", "line 2: unit: expected a number"),
    "unit empty": (LINE + "a,,b,1,,,0,,,\n", "line 2: unit: expected a number, found ''"),
    "similarity infinite": (LINE + "a,0,b,inf,,,0,,,\n", "line 2: similarity"),
    "dead neither": (LINE + "a,0,b,1,,,2,,,\n", "line 2: dead: expected 0 or 1, found '2'"),
    "confident neither": (LINE + "a,0,b,1,,,0,,,7\n", "line 2: confident: expected 0 or 1"),
    "share above one": (LINE + "a,0,b,1,,,0,1.5,,\n", "line 2: stability: expected a share"),
    "size no whole number": (LINE + "a,0,b,1,,,0,,2.5,\n", "line 2: set_size: expected a number"),
    "unit twice": (LINE + "a,0,b,1,,,0,,,\na,0,c,1,,,0,,,\n", "line 3: expected each unit once"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_a_bad_table_is_refused_by_row(tmp_path, text, message):
    path = tmp_path / "run" / "labels.csv"
    path.parent.mkdir()
    if text is not None:
        path.write_text(text)
    with pytest.raises(StudyError, match=rf"run/labels\.csv: .*{message}"):
        labels.read(path)


@pytest.mark.parametrize("frame", [small().drop(columns="dead"), small(mood=["good", "bad"])])
def test_only_known_columns_are_written(tmp_path, frame):
    with pytest.raises(StudyError, match="expected the columns"):
        labels.write(frame, tmp_path / "labels.csv")
    assert not (tmp_path / "labels.csv").exists()
