"""Tables of other tools: read under the names they have, and nothing is made up or hidden."""

import json
from pathlib import Path

import pytest

import study
from study.__main__ import main
from study.dissection.foreign_tables import Columns, translated
from study.dissection.loaded import load_runs
from study.errors import StudyError
from study.report.__main__ import main as report
from study.verify.__main__ import main as verify

HEADER = "layer,unit,description,similarity\n"
OTHER = "neuron,concept,concept_id,metric\n0,cat,n0,0.5\n1,dog,n1,0.25\n2,cat,n0,0.1\n"


@pytest.fixture
def table(tmp_path):
    def write(text, name="a"):
        path = tmp_path / f"{name}.csv"
        path.write_bytes(text.encode())
        return path

    return write


def compared(tmp_path, *arguments):
    code = main(["compare", *map(str, arguments), "--out", str(tmp_path / "out")])
    path = tmp_path / "out" / "results.json"
    return code, json.loads(path.read_text()) if code == 0 else None


def test_a_table_of_this_program_is_kept_byte_for_byte(table):
    for text in (
        HEADER + "l,0,a,1\n",
        "\ufeffunit,layer,note,similarity,description\r\n0,l,x,1,a\r\n",
    ):
        read = translated(text.encode(), name="x")
        assert (read.data, read.notes) == (text.encode(), ())
        assert load_runs([table(text)])[0].read_from is None


def test_names_of_other_tools_are_guessed_and_said(table, tmp_path, capsys):
    a, b = table(OTHER), table(HEADER + "l,0,cat,0.5\nl,1,car,0.1\n", "b")
    code, results = compared(tmp_path, f"A={a}", f"B={b}", "--columns", "layer==l")
    assert code == 0
    said = capsys.readouterr().err
    assert said.count("neuron as unit, concept as description, metric as similarity (guessed") == 1
    assert "A: no column of layers: all units are in the layer 'l', as stated" in said
    assert "A: columns ignored: concept_id" in said
    assert results["networks"][0]["top"] == [["cat", 2], ["dog", 1]]
    assert results["networks"][0]["layers"]["l"]["mean_similarity"] == pytest.approx(0.85 / 3)
    assert results["pairs"][0]["layers"]["l"]["union"] == 3


def test_stated_columns_win_over_those_of_the_right_name():
    text = b"layer,unit,description,neuron,concept,similarity,score\nl,7,x,0,a,9,0.5\n"
    columns = Columns.parse("unit=neuron,description=concept,similarity=score")
    read = translated(text, name="x", columns=columns)
    assert read.data == b"layer,unit,description,similarity\nl,0,a,0.5\n"
    assert read.notes == (
        "columns read: neuron as unit, concept as description, score as similarity",
        "the column unit is not read",
        "the column description is not read",
        "the column similarity is not read",
    )


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (OTHER, None, "found no layer among neuron,concept,concept_id,metric; name the one layer"),
        ("layer,unit,concept,label\nl,0,a,b\n", None, "concept and label may each be the descr"),
        ("layer;unit;description\nl;0;a\n", None, "say which are meant with --columns unit=COL"),
        ("layer,unit,description\nl,0\n", None, "line 2: expected 3 fields, found 2"),
        (HEADER + "l,0,a,1\n", "unit=neuron", "--columns unit=neuron: no table has a column"),
        (HEADER + "l,0,a,1\n", "layer==m", "--columns layer==m: every table has a column of lay"),
        (OTHER, "layer==", "expected layer=COLUMN .* found 'layer=='"),
        (OTHER, "unit=", "expected layer=COLUMN .* found 'unit='"),
        (OTHER, "unit==3", "expected layer=COLUMN .* found 'unit==3'"),
        (OTHER, "neuron=unit", "expected layer=COLUMN .* found 'neuron=unit'"),
        (OTHER, "layer==a,layer=b", "each once, found 'layer=b'"),
        (OTHER, "", "expected layer=COLUMN"),
    ],
)
def test_what_cannot_be_told_is_one_line(table, capsys, text, columns, message):
    given = [] if columns is None else ["--columns", columns]
    assert main(["compare", str(table(text)), *given]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    with pytest.raises(StudyError, match=message):
        load_runs([table(text)], columns=None if columns is None else Columns.parse(columns))


def test_spaces_around_names_are_taken_off_and_said_and_lines_keep_their_numbers(table):
    text = "layer, unit, description, similarity\n l , 0, cat , 0.5\n\n\nl,1,cat,0.5\n"
    run = load_runs([table(text)])[0]
    assert run.dissection.layer("l").descriptions == ("cat", "cat")
    assert run.reading == ("spaces around names taken off in 1 rows",)
    assert len(run.read_from) == 64
    with pytest.raises(StudyError, match=r"a\.csv: line 5: expected a unit's number"):
        load_runs([table(text.replace("l,1,", "l,x,"))])


def test_labels_alone_are_compared_and_similarities_are_null(table, tmp_path, capsys):
    a = table("layer,unit,description\nl,0,cat\nl,1,dog\n")
    b = table(HEADER + "l,0,cat,0.5\nl,1,car,0.1\n", "b")
    code, results = compared(tmp_path, f"A={a}", f"B={b}")
    assert code == 0
    assert "A: no column of similarities: labels are compared" in capsys.readouterr().err
    first, second = results["networks"]
    assert first["layers"]["l"]["mean_similarity"] is first["mean_similarity"] is None
    assert set(first["similarity"].values()) == {None}
    assert second["mean_similarity"] == 0.3
    assert sum(second["similarity"]["histogram"]["counts"]) == 2
    assert results["pairs"][0]["overall"]["null"]["sharpness"] is None
    assert results["pairs"][0]["overall"]["jaccard"] == pytest.approx(1 / 3)
    code, results = compared(tmp_path, f"A={b}", "--columns", "similarity=")
    assert (code, results["networks"][0]["mean_similarity"]) == (0, None)


def test_a_sample_of_units_is_read_under_its_own_numbers(table, tmp_path, capsys):
    sample = table(HEADER + "l,9,cat,0.5\nl,4,dog,0.1\nl,5,cat,0.3\n")
    run = load_runs([sample])[0]
    assert run.dissection.layer("l").units == (4, 5, 9)
    assert run.dissection.layer("l").descriptions == ("dog", "cat", "cat")
    _, results = compared(tmp_path, f"A={sample}")
    assert results["networks"][0]["missing_units"] == {"l": 7}
    assert "l: 3 units are numbered up to 9, so 7 are not in the table" in capsys.readouterr().err
    whole = table(HEADER + "l,0,cat,0.5\n", "b")
    assert "missing_units" not in compared(tmp_path, f"A={whole}")[1]["networks"][0]


def test_units_of_other_numbers_are_not_compared_unit_by_unit(table, tmp_path, capsys):
    a, b = (table(HEADER + f"l,0,a,1\nl,{n},b,1\n", f"n{n}") for n in (1, 2))
    assert compared(tmp_path, f"A={a}", f"B={b}", "--same-network")[0] == 2
    assert "cannot be states of one network" in capsys.readouterr().err


def test_the_report_says_what_it_was_made_of_and_is_verified(table, tmp_path, capsys):
    words = [f"w{i % 9}" for i in range(40)]
    rows = "".join(f"{2 * i}, {word}\n" for i, word in enumerate(words))
    a, b = table("neuron,concept\n" + rows), table("unit,label\n" + rows.replace("w1", "v1"), "b")
    out = tmp_path / "out"
    given = ["--runs", f"A={a}", f"B={b}", "--columns", "layer==block"]
    assert report([*given, "--out", str(out)]) == 0
    page = (out / "report.html").read_text()
    assert "the table holds no similarities, so none is printed" in page
    assert "The units' numbers leave gaps" in page.replace("&#39;", "'").replace("&#x27;", "'")
    assert "columns read: neuron as unit, concept as description" in page
    assert "spaces around names taken off in 40 rows" in page
    assert "NaN" not in page.replace("nan", "")
    assert not (out / "figures" / "similarity.svg").exists()
    manifest = json.loads((out / "manifest.json").read_text())
    assert [entry["network"] for entry in manifest["report"]["reading"]] == ["A", "B"]
    assert verify(["report", str(out / "report.pdf")]) == 0
    assert (out / "tables" / "units.csv").read_text().splitlines()[2] == "A,block,2,w1,"


def test_above_a_null_that_may_be_too_low_nothing_is_stated(table, tmp_path):
    rows = "".join(f"l,{i},w{i}\n" for i in range(60))
    others = rows.replace("w59", "v")
    a, b = (table("layer,unit,description\n" + text, n) for n, text in (("a", rows), ("b", others)))
    out = tmp_path / "out"
    assert report(["--runs", f"A={a}", f"B={b}", "--out", str(out), "--format", "html"]) == 0
    page = (out / "report.html").read_text()
    assert "from which nothing follows without similarities" in page
    assert "significantly higher than the null" not in page
    assert "null may be too low" in page


def test_columns_without_finished_tables_are_refused(capsys):
    assert report(["miniature", "--columns", "unit=neuron"]) == 2
    assert "--columns is about finished dissections: add --runs" in capsys.readouterr().err


def test_cases_that_people_met(shared, tmp_path: Path, capsys):
    for case, given in (("R03", []), ("R05", ["--columns", "layer==layer2"])):
        folder = shared / "cases" / case
        code, _ = compared(tmp_path, f"A={folder}/a.csv", f"B={folder}/b.csv", *given)
        assert code == 0


def test_a_table_that_links_out_of_its_folder_is_not_read(tmp_path):
    (tmp_path / "secret.txt").write_text("root:x:0\n")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "descriptions.csv").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(StudyError, match=r"run/descriptions\.csv: links to a file outside"):
        study.load_run(tmp_path / "run")
