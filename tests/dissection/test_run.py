"""Finished runs: what is read with a table, and which name belongs to which network."""

import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from study.dissection import labels
from study.dissection.args_file import parse_args
from study.dissection.loaded import attached_runs, load_runs, read_output
from study.dissection.provenance import Origin, distinguishing
from study.dissection.run import Run
from study.errors import StudyError
from study.files import documents
from tests.strategies_tables import dissection, measurements


@pytest.fixture
def place(tmp_path):
    """Write a run's folder: a table of two layers, and what is given with it."""

    def write(folder, *, args=None, network=None, frame=None, table="descriptions.csv"):
        path = tmp_path / folder
        path.mkdir(parents=True, exist_ok=True)
        dissection(l1="a b", l2="c").write_csv(path / table)
        if args is not None:
            (path / "args.txt").write_text(args)
        if network is not None:
            document = {"schema": documents.SCHEMA, "network": network}
            documents.write(document, path / "manifest.json")
        if frame is not None:
            labels.write(frame, path / "labels.csv")
        return path

    return write


def measured(**columns):
    columns = {"label": ["a", "", "c"], "dead": [0, 1, 0]} | columns
    return measurements(dissection(l1="a b", l2="c"), **columns)


def args_of(model):
    return json.dumps({"target_model": model})


def names_of(runs):
    return [run.name for run in runs]


def test_a_folder_and_its_table_are_the_same_run(place):
    folder = place("x", args=args_of("resnet18"), frame=measured())
    run, other = load_runs([folder])[0], load_runs([folder / "descriptions.csv"])[0]
    assert run.dissection == other.dissection
    assert run.args == other.args == {"target_model": "resnet18"}
    assert run.labels.equals(other.labels)
    assert (run.name, run.role, run.trusted) == ("x", "compared", False)


def test_further_columns_are_named():
    table = b"layer,unit,description,similarity,a,b\nl,0,w,1,2,3\n"
    assert Run.of({"descriptions.csv": table}, name="x").extra_columns == ("a", "b")


def test_labels_come_in_the_order_of_the_dissection(place):
    shuffled, ordered = (
        load_runs([place(name, frame=measured().iloc[rows])])[0].labels
        for name, rows in (("x", [2, 1, 0]), ("y", [0, 1, 2]))
    )
    assert shuffled.equals(ordered)
    assert ordered["layer"].tolist() == ["l1", "l1", "l2"]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (measured(label=["b", "", "c"]), "'a' for l1 unit 0 .* found 'b'"),
        (measured().iloc[:2], "'c' for l2 unit 0 .* found no row"),
        (measured(unit=[0, 1, 5]), "'c' for l2 unit 0"),
        (pd.concat([measured(), measured(layer=["l3"] * 3, unit=range(3))]), "3 units .* found 6"),
    ],
    ids=["other label", "unit missing", "other unit", "more units"],
)
def test_labels_about_other_units_are_refused(place, frame, message):
    with pytest.raises(StudyError, match=message):
        load_runs([place("x", frame=frame)])


_STREAM = io.BytesIO()
Image.new("L", (8, 8)).save(_STREAM, "JPEG")
JPEG = _STREAM.getvalue()
RUN = {
    "descriptions.csv": b"layer,unit,description,similarity\nl,0,red,0.5\n",
    "classes.csv": b"unit,class,label,rank\n0,cat,cat,1\n1,dog,fur,\n",
    "sensitivity.csv": b"setting,value,layer,unit,label,similarity,precision\nk,5,l,0,a,1,\n",
    "resamples.csv": b"unit,layer,1,2\n0,l,red,sky\n",
    "cards.csv": b"layer,unit,chosen,position,image,activation,shows\nl,0,surest,1,a.jpg,2,1\n",
    "cards/l-0000.jpg": JPEG,
}


def test_a_folder_and_its_files_are_the_same_run(tmp_path):
    """The pictures included; other files of the folder are none of the run."""
    (tmp_path / "x" / "cards").mkdir(parents=True)
    for name, content in {**RUN, "notes.txt": b"mine"}.items():
        (tmp_path / "x" / name).write_bytes(content)
    loaded, made = load_runs([tmp_path / "x"])[0], Run.of(RUN, name="x")
    assert loaded.files == made.files == RUN
    for name in ("name", "dissection", "resamples", "sensitivity", "cards"):
        assert getattr(loaded, name) == getattr(made, name)
    assert made.resamples == {"l": [["red"], ["sky"]]}
    assert made.classes[0] == loaded.classes[0] == 1
    assert np.isnan([made.classes[1], made.sensitivity[0].precision]).all()


def test_attached_files_are_runs_under_the_names_of_the_results():
    files = {f"{slug}/{name}": data for slug in ("a", "b") for name, data in RUN.items()}
    networks = [{"name": "First", "slug": "b"}, {"name": "Second", "slug": "a"}]
    runs = attached_runs({**files, "results.json": b"{}"}, networks)
    assert names_of(runs) == ["First", "Second"]
    assert all(run.files == RUN for run in runs)
    with pytest.raises(StudyError, match=r"Third: expected descriptions\.csv"):
        attached_runs(files, [{"name": "Third", "slug": "../c"}])


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("descriptions.csv", "layer,unit,description,similarity\nl,0,,1\n", "a description"),
        ("manifest.json", "[]", "schema"),
        ("resamples.csv", "layer,unit,1\nl,1,a\n", "no unit 0"),
        ("classes.csv", "unit,class,label\n0,a,b\n", "expected the columns"),
        ("classes.csv", "unit,class,label,rank\n0,a,b\n", "line 2: expected 4 fields, found 3"),
        ("classes.csv", "unit,class,label,rank\n0,a,b,first\n", "a number, found 'first'"),
        ("classes.csv", "unit,class,label,rank\n0,a,b,inf\n", "a number, found 'inf'"),
        ("sensitivity.csv", RUN["sensitivity.csv"].decode() + "k,,l,0,a,1,\n", "line 3: .*value"),
    ],
)
def test_a_defective_file_is_refused_by_name(file, text, message):
    with pytest.raises(StudyError, match=rf"^x/{re.escape(file)}: .*{message}"):
        Run.of({**RUN, file: text.encode()}, name="x")


@pytest.mark.parametrize(
    ("text", "args"),
    [
        (b'{"target_model": "m", "device": "cpu"}', {"target_model": "m", "device": "cpu"}),
        (b"{'target_model': 'm', 'layers': ['l1']}", {"target_model": "m", "layers": ["l1"]}),
        (b"target_model: m\nlr=0.1\n\nnoise\n", {"target_model": "m", "lr": "0.1"}),
        (b"\xef\xbb\xbftarget_model = m\r\n", {"target_model": "m"}),
        (b"Namespace(target_model='m', layers=['l1'])\n", {"target_model": "m", "layers": ["l1"]}),
        (b"{}", {}),
    ],
)
def test_args_are_read_in_each_form_that_tools_write(text, args):
    assert parse_args(text) == args


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "found an empty file"),
        (b" \n", "found an empty file"),
        (b'{"target_model": "m", "device', "expected a JSON document"),
        (b"{'target_model': m}", "expected a JSON document"),
        (b'{"device": "cpu", "device": "cuda"}', "'device' twice"),
        (b"{'device': 'cpu', 'device': 'cuda'}", "expected a JSON document"),
        (b"{1, 2}", "expected a JSON document"),
        (b"{'a': 1j}", "expected a JSON document"),
        (b"{'a': b'x', 'b': {1}}", "expected a JSON document"),
        (rb"{'a': '\ud800'}", "expected a JSON document"),
        (b"{**{'a': 1}}", "expected a JSON document"),
        (b"[1, 2]", r"found '\[1, 2\]'"),
        (b"target_model: \xff\xfe", r"no UTF-8 \(at 14\)"),
        (b"__import__('os').abort()", 'found "__import__'),
        (b"Namespace(a=__import__('os').abort())", "found .Namespace"),
        (b"Namespace(**{'a': 1})", "found .Namespace"),
        (b"\x00\x01:\x02", "lines 'key: value'"),
        (b"a: " + b"b" * (1 << 16), "65,539 bytes"),
    ],
)
def test_damaged_args_are_refused_in_one_line_that_names_the_file_and_never_run(place, data, found):
    folder = place("x", args=None)
    (folder / "args.txt").write_bytes(data)
    with pytest.raises(StudyError, match=found) as refused:
        load_runs([folder])
    assert str(refused.value).startswith("x/args.txt: ")
    assert "mend the file, or remove it" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_names_folders_or_manifests_give_them(place):
    imagenet, places = place("one/imagenet"), place("one/places")
    again = place("two/imagenet")
    assert names_of(load_runs([imagenet, places])) == ["imagenet", "places"]
    assert names_of(load_runs([imagenet, again])) == ["one/imagenet", "two/imagenet"]
    stated = place("three/imagenet", network={"name": "Stated", "role": "control"})
    runs = load_runs([imagenet, stated])
    assert names_of(runs)[1] == "Stated"
    assert runs[1].role == "control"


def test_tables_of_other_names_share_a_folder_but_not_what_lies_beside_them(place):
    folder = place("x", table="first.csv", args=args_of("resnet18"))
    place("x", table="second.csv")
    runs = load_runs([folder / "first.csv", folder / "second.csv"])
    assert names_of(runs) == ["first", "second"]
    assert [run.args for run in runs] == [None, None]
    assert load_runs([folder / "first.csv"])[0].args == {"target_model": "resnet18"}


def test_ends_of_paths_are_as_short_as_they_tell_apart():
    assert distinguishing([("a", "x"), ("b", "x"), ("b", "y")]) == ["a/x", "b/x", "b/y"]
    assert distinguishing([("a", "x"), ("a", "x")]) == ["x", "x"]
    assert distinguishing([("X",), ("a", "x")]) == ["X", "a/x"]
    assert distinguishing([]) == []


PLACES, IMAGENET = args_of("resnet18_places"), args_of("resnet18")
SUSPECT = {
    "swapped": (["Places365", "ImageNet"], [IMAGENET, PLACES], None),
    "swapped, one stated": (["Places365", "ImageNet"], [IMAGENET, None], None),
    "contradicted": (["ImageNet", "Net B"], [PLACES, None], None),
    "other spelling": (["A", "ResNet18 imagenet"], [None, args_of("resnet18_places365")], None),
    "part of a name": (["cats", "dogs"], [args_of("vgg_dogs"), args_of("vgg_cats")], None),
    "manifests": (["B", "A"], [None, None], ["A", "B"]),
    "manifest's weights": (["Places", "Q"], [None, None], ["imagenet_v1", None]),
}
FINE = {
    "as stated": (["ImageNet", "Places365"], [IMAGENET, PLACES], None),
    "nothing stated": (["Places365", "ImageNet"], [None, None], None),
    "nothing known": (["A", "B"], [IMAGENET, PLACES], None),
    "two of a kind": (["seed 1", "ImageNet"], [IMAGENET, IMAGENET], None),
    "reruns": (["ImageNet", "ImageNet again"], [IMAGENET, IMAGENET], None),
    "fits both": (["cats", "dogs"], [args_of("cats_dogs"), None], None),
    "renamed": (["C", "D"], [None, None], ["A", "B"]),
    "own manifests": (["A", "B"], [None, None], ["A", "B"]),
}


@pytest.mark.parametrize("case", [*SUSPECT, *FINE])
def test_a_name_is_refused_if_it_fits_another_run_better_unless_trusted(place, case):
    names, args, stated = (SUSPECT | FINE)[case]
    networks = [{"name": name} if name else None for name in stated or [None, None]]
    paths = [
        place(f"run{n}", args=text, network=network)
        for n, (text, network) in enumerate(zip(args, networks, strict=True))
    ]
    if case in SUSPECT:
        with pytest.raises(StudyError, match="--trust-names"):
            load_runs(paths, names=names)
    runs = load_runs(paths, names=names, trust_names=case in SUSPECT)
    assert names_of(runs) == names
    assert any(run.trusted for run in runs) == (case in SUSPECT)


def test_a_fit_grows_from_contradiction_to_the_very_name():
    origin = Origin(name="My Net", texts=("file:resnet18_places365.pth",))
    fits = [origin.fit(name) for name in ("ImageNet", "Other", "ResNet18", "Places", "my net")]
    assert fits == [-1, 0, 1, 2, 3]


@pytest.mark.parametrize("names", [["A", "A"], ["A", "a "], ["A", " "], ["A"]])
def test_every_run_has_one_name_of_its_own(place, names):
    message = "own name" if len(names) == 2 else "one name per run, found 1 for 2"
    with pytest.raises(StudyError, match=message):
        load_runs([place("x"), place("y")], names=names)


@pytest.mark.parametrize("name", ["A\u202e", "A\u200b", "\u2066A", "A\x01"])
def test_a_name_holds_nothing_that_nobody_sees(place, name):
    for given in ([f"{name}={place('x')}", f"B={place('y')}"], [place("x"), place("y")]):
        names = None if isinstance(given[0], str) else [name, "B"]
        with pytest.raises(StudyError, match=r"the name of a run: .*nobody sees, found U\+"):
            load_runs(given, names=names)


def test_a_name_is_text_in_utf8(place):
    """A byte that is no UTF-8 reaches a command as a lone surrogate."""
    for given, names in (
        ([f"A\udcff={place('x')}", f"B={place('y')}"], None),
        ([place("x"), place("y")], ["A\udcff", "B"]),
    ):
        with pytest.raises(StudyError, match=r"expected names in UTF-8, found 'A\\udcff'"):
            load_runs(given, names=names)


def test_names_that_look_the_same_are_one(place):
    x, y = str(place("x")), str(place("y"))
    for other in ("Caf\u00e9 A", "cafe\u0301\u00a0a", "Cafe\u0301  A"):
        with pytest.raises(StudyError, match="each network under its own name"):
            load_runs([f"Cafe\u0301 A={x}", f"{other}={y}"])
    assert names_of(load_runs([f"Cafe\u0301\u00a0A={x}", f"B={y}"])) == ["Caf\u00e9 A", "B"]
    first, second = str(place("cafe\u0301")), str(place("caf\u00e9"))
    with pytest.raises(StudyError, match="each network under its own name"):
        load_runs([first, second])


def test_a_command_line_names_all_runs_or_none(place):
    x, y = str(place("x")), str(place("y"))
    assert names_of(load_runs([f"A={x}", f"B={y}"])) == ["A", "B"]
    assert names_of(load_runs([x, y], names=["A", "B"])) == ["A", "B"]
    assert names_of(load_runs([x, y])) == ["x", "y"]
    odd = str(place("p=q"))
    assert names_of(load_runs([odd, y])) == ["p=q", "y"]
    assert names_of(load_runs([f"A={odd}", f"B={y}"])) == ["A", "B"]
    with pytest.raises(StudyError, match="for all runs or for none"):
        load_runs([f"A={x}", y])
    with pytest.raises(StudyError, match="names once"):
        load_runs([f"A={x}", f"B={y}"], names=["A", "B"])


def test_a_folder_of_runs_is_no_run_and_says_where_they_are(place, tmp_path):
    place("out/x")
    place("out/y")
    with pytest.raises(StudyError, match=r"found none; did you mean its folders x, y\?"):
        load_runs([tmp_path / "out"])


def test_an_output_folder_gives_its_runs_in_the_order_of_its_manifest(place, tmp_path):
    out = tmp_path / "out"
    networks = [{"name": "Second", "slug": "b"}, {"name": "First", "slug": "a", "role": "control"}]
    for network in networks:
        place(f"out/{network['slug']}", network=network)
    assert names_of(read_output(out)[1]) == ["First", "Second"]
    documents.write({"schema": documents.SCHEMA, "networks": networks}, out / "manifest.json")
    document, runs = read_output(out)
    assert document["networks"] == networks
    assert names_of(runs) == ["Second", "First"]
    assert [run.role for run in runs] == ["compared", "control"]
    with pytest.raises(StudyError, match="found none"):
        read_output(out / "a")


def test_published_runs_speak_for_themselves(shared):
    runs = shared / "reference-runs"
    for published in ("published-1", "published-2"):
        paths = [runs / published / "imagenet", runs / published / "places"]
        assert names_of(load_runs(paths)) == ["imagenet", "places"]
        load_runs(paths, names=["ImageNet", "Places365"])
        with pytest.raises(StudyError, match="fits 'ImageNet' better"):
            load_runs(paths, names=["Places365", "ImageNet"])


@pytest.mark.parametrize("file", ["args.txt", "manifest.json", "labels.csv"])
def test_a_link_to_itself_beside_a_table_cannot_be_read(place, file):
    folder = place("x")
    (folder / file).symlink_to(file)
    with pytest.raises(StudyError, match=f"cannot read x/{file}: [Tt]oo many levels"):
        load_runs([folder])
