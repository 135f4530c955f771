"""The table of labels: verbatim both ways, and every defect by kind and line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.dissection.inspection import MAX_BYTES, inspect
from study.dissection.table import Dissection, Layer
from study.errors import StudyError
from tests.strategies_tables import NASTY, dissection, dissections

HEADER = "layer,unit,description,similarity\n"


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "run" / "descriptions.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@given(dissections())
def test_a_written_table_reads_back_as_it_was(tmp_path_factory, given_table):
    path = tmp_path_factory.mktemp("table") / "descriptions.csv"
    given_table.write_csv(path)
    back = Dissection.read_csv(path, name=given_table.name)
    assert back == given_table
    again = path.read_bytes()
    back.write_csv(path)
    assert path.read_bytes() == again


@pytest.mark.parametrize("word", [*NASTY, "two\nlines", "two\r\nlines", "carriage\rreturn", " x "])
def test_a_description_is_verbatim(table, tmp_path, word):
    path = tmp_path / "out.csv"
    Dissection("n", (Layer("l", (word,), np.array([0.5])),)).write_csv(path)
    assert Dissection.read_csv(path, name="n").layer("l").descriptions == (word,)


def test_published_tables_are_written_byte_for_byte(shared, tmp_path):
    tables = sorted((shared / "reference-runs").glob("*/*/descriptions.csv"))
    assert len(tables) >= 4
    for path in tables:
        table = Dissection.read_csv(path, name="n")
        assert [len(layer) for layer in table.layers] == [128, 256, 512]
        table.write_csv(tmp_path / "again.csv")
        assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()


def test_single_precision_is_written_at_its_shortest(tmp_path):
    values = np.array([0.26211548, 1e-8, -3.0], dtype=np.float32)
    Dissection("n", (Layer("l", ("a", "b", "c"), values),)).write_csv(tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_text()
    assert text == HEADER + "l,0,a,0.26211548\nl,1,b,1e-08\nl,2,c,-3.0\n"


def test_columns_and_rows_come_in_any_order_and_more_are_named(table):
    text = "similarity,description,note,unit,layer\n.2,b,x,1,l2\n.1,a,y,0,l2\n\n.3,c,z,0,l1\n"
    path = table("\ufeff" + text.replace("\n", "\r\n"))
    inspection = inspect(path.read_bytes())
    assert inspection.extra_columns == ("note",)
    assert not inspection.defects
    read = Dissection.read_csv(path, name="n")
    assert read.layer_names == ("l2", "l1")
    assert read.layer("l2").descriptions == ("a", "b")
    assert read.layer("l2").similarities.tolist() == [0.1, 0.2]
    assert read.units == 3
    assert read.descriptions == ("a", "b", "c")


BAD = {
    "empty": ("", "empty_file", 1),
    "header only": (HEADER, "empty_file", None),
    "missing column": ("layer,unit,description\nl,0,a\n", "missing_column", 1),
    "semicolons": (HEADER.replace(",", ";"), "missing_column", 1),
    "column twice": ("layer,unit,unit,description,similarity\nl,0,0,a,1\n", "duplicate_column", 1),
    "unit twice": (HEADER + "l,0,a,1\nl,0,b,1\n", "duplicate_unit", 3),
    "unit missing": (HEADER + "l,0,a,1\nl,2,b,1\n", "missing_unit", None),
    "units from 1": (HEADER + "l,1,a,1\nl,2,b,1\n", "missing_unit", None),
    "unit far away": (HEADER + "l,0,a,1\nl,999999999,b,1\n", "missing_unit", None),
    "unit no number": (HEADER + "l,zero,a,1\n", "bad_unit", 2),
    "unit negative": (HEADER + "l,-1,a,1\n", "bad_unit", 2),
    "unit a fraction": (HEADER + "l,0.0,a,1\n", "bad_unit", 2),
    "unit other digits": (HEADER + "l,٣,a,1\n", "bad_unit", 2),
    "unit endless": (HEADER + f"l,{'9' * 5000},a,1\n", "bad_unit", 2),
    "similarity no number": (HEADER + "l,0,a,high\n", "bad_similarity", 2),
    "similarity empty": (HEADER + "l,0,a,\n", "bad_similarity", 2),
    "similarity NaN": (HEADER + "l,0,a,nan\n", "bad_similarity", 2),
    "similarity infinite": (HEADER + "l,0,a,-inf\n", "bad_similarity", 2),
    "similarity endless": (HEADER + "l,0,a,1e300\n", "bad_similarity", 2),
    "similarity with underscore": (HEADER + "l,0,a,1_0\n", "bad_similarity", 2),
    "description empty": (HEADER + "l,0,,1\n", "empty_description", 2),
    "description blank": (HEADER + 'l,0," ",1\n', "empty_description", 2),
    "description with a control": (HEADER + "l,0,a\x01,1\n", "control_character", 2),
    "description with a separator": (HEADER + "l,0,a,1\nl,1,b\u2028c,1\n", "control_character", 3),
    "description with a mark that turns it": (HEADER + "l,0,a\u202eb,1\n", "control_character", 2),
    "description without width": (HEADER + "l,0,a\u200bb,1\n", "control_character", 2),
    "layer with a control": (HEADER + "l\x7f,0,a,1\n", "control_character", 2),
    "layer empty": (HEADER + ",0,a,1\n", "empty_layer", 2),
    "row short": (HEADER + "l,0,a,1\nl,1,b\n", "ragged_row", 3),
    "row long": (HEADER + "l,0,a,b,1\n", "ragged_row", 2),
    "quote left open": (HEADER + 'l,0,"a,1\n', "ragged_row", 2),
    "not UTF-8": (HEADER.encode() + b"l,0,caf\xe9,1\n", "not_utf8", 2),
    "field beyond reason": (HEADER + f"l,0,{'x' * 200_000},1\n", "unreadable_row", 2),
}


@pytest.mark.parametrize(("text", "kind", "line"), BAD.values(), ids=BAD)
def test_each_defect_has_a_kind_a_line_and_one_sentence(table, text, kind, line):
    path = table(text)
    assert (kind, line) in [(x.kind, x.line) for x in inspect(path.read_bytes()).defects]
    with pytest.raises(StudyError, match=r"^run/descriptions\.csv: .*expected .*found ") as caught:
        Dissection.read_csv(path, name="n")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_all_defects_are_listed_and_the_first_is_raised(table):
    path = table(HEADER + "l,0,,nan\nl,0,b,1\nl,x,c,1\nl,3,d,1\n")
    kinds = [defect.kind for defect in inspect(path.read_bytes()).defects]
    assert kinds == [
        "empty_description", "bad_similarity", "bad_unit", "duplicate_unit", "missing_unit",
    ]  # fmt: skip
    message = r"line 2: expected a description, found '' \(and 4 more\)"
    with pytest.raises(StudyError, match=message):
        Dissection.read_csv(path, name="n")


def test_a_line_number_is_where_the_row_begins(table):
    path = table(HEADER + 'l,0,"a\nb\nc",1\nl,1,d,high\n')
    inspection = inspect(path.read_bytes())
    assert [(x.kind, x.line) for x in inspection.defects] == [("bad_similarity", 5)]
    assert [row.line for row in inspection.rows] == [2, 5]


def test_a_file_above_64_mb_is_not_even_read(tmp_path):
    path = tmp_path / "descriptions.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(StudyError, match=r"descriptions\.csv: expected at most 64 MB"):
        Dissection.read_csv(path, name="n")


@pytest.mark.parametrize("place", ["none.csv", "."])
def test_what_is_no_file_is_one_line(tmp_path, place):
    with pytest.raises(StudyError, match="cannot read"):
        Dissection.read_csv(tmp_path / place, name="n")


@given(st.binary(max_size=200) | st.text().map(lambda text: (HEADER + text).encode()))
def test_inspect_never_raises(data):
    inspection = inspect(data)
    assert inspection.defects or inspection.rows


def test_an_unknown_layer_is_answered_with_those_there_are():
    with pytest.raises(StudyError, match="one of the layers l1, l2, found 'l3'"):
        dissection(l1="a", l2="b").layer("l3")


@pytest.mark.parametrize(
    ("labels", "values"),
    [((), []), (("a",), [1.0, 2.0]), (("a", " "), [1.0, 2.0]), (("a", "b\x01"), [1.0, 2.0])]
    + [(("a", "b"), [1.0, value]) for value in (np.nan, np.inf, 1e300)],
)
def test_a_layer_holds_only_what_a_table_could(labels, values):
    with pytest.raises(StudyError, match="layer"):
        Layer("layer", labels, np.array(values))


def test_a_dissection_has_each_layer_once():
    layer = Layer("l", ("a",), np.array([1.0]))
    for layers in ((), (layer, layer)):
        with pytest.raises(StudyError, match="each once"):
            Dissection("n", layers)
