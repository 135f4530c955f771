"""Every verb says in one line that a path is missing, and takes no other folder in its place."""

import importlib
from pathlib import Path

import pytest

PROGRAMS = {
    "study": ["run x", "compare a b", "fetch x", "doctor"],
    "study.report": ["x", "--runs a b"],
    "study.verify": [
        "report x",
        "runs a b",
        "claims x --runs a",
        "submission x",
        "class x",
        "rerun x",
    ],
    "study.miniature.training": [""],
}
OUTS = [(program, verb) for program, verbs in PROGRAMS.items() for verb in verbs]
OTHERS = [
    ("study", "run {}"),
    ("study", "doctor {}"),
    ("study", "run x --store {}"),
    ("study", "run x --artifacts {}"),
    ("study.report", "{}"),
    ("study.verify", "report {}"),
    ("study.verify", "runs a {}"),
    ("study.verify", "report x --json {}"),
    ("study.verify", "report x --junit {}"),
    ("study.verify", "runs a b --concepts {}"),
    ("study.verify", "submission x --expect {}"),
    ("study.verify", "class x --claims {}"),
    ("study.verify", "class x --points {}"),
]
CASES = [(program, f"{verb} --out {{}}") for program, verb in OUTS] + OTHERS


@pytest.mark.parametrize("empty", ["", " "])
@pytest.mark.parametrize(("program", "given"), CASES)
def test_an_empty_path_is_no_path(
    program: str,
    given: str,
    empty: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    main = importlib.import_module(f"{program}.__main__").main
    with pytest.raises(SystemExit) as ended:
        main([empty if word == "{}" else word for word in given.split()])
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "error: argument " in said
    assert said.endswith(": expected a name or a path, found an empty text")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("given", ["", "A=", "A= "])
def test_a_run_without_a_path_is_none(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from study.__main__ import main

    (tmp_path / "descriptions.csv").write_text("layer,unit,description,similarity\nl,0,a,1\n")
    monkeypatch.chdir(tmp_path)
    assert main(["compare", given]) == 2
    said = f"study: expected the path of a run, found none in {given!r}\n"
    assert capsys.readouterr().err == said


def test_one_table_under_two_names_is_said_to_be_one(tmp_path, capsys):
    from study.__main__ import main

    rows = "".join(f"l,{unit},{word},0.{unit + 1}\n" for unit, word in enumerate("abc"))
    for name, text in (("a", rows), ("b", rows), ("c", rows.replace("b,", "d,"))):
        (tmp_path / f"{name}.csv").write_text(f"layer,unit,description,similarity\n{text}")
    a, b, c = (str(tmp_path / f"{name}.csv") for name in "abc")
    for other, same in ((a, True), (b, True), (c, False)):
        assert main(["compare", f"X={a}", f"Y={other}"]) == 0
        assert ("X and Y: one table, byte for byte" in capsys.readouterr().err) is same
