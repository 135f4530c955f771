"""The API: what a notebook does is what the command line does, with networks in memory."""

import ast
import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from torch import nn
from torch.utils.data import Dataset

import study
from study.errors import StudyError
from study.files.folders import resource
from tests import ROOT

MINIATURE = resource("fixtures/miniature")
FAST = {"settings": {"top_k": 5}, "resamples": 0, "splits": 2, "cards": 2, "progress": False}


@pytest.fixture(scope="module")
def encoder():
    return study.load_encoder(
        MINIATURE / "clip", weights=MINIATURE / "clip" / "open_clip_model.safetensors"
    )


@pytest.fixture(scope="module")
def pictures():
    probe = study.open_probe(MINIATURE / "probe.zip", limit=30)
    return [probe.image(index) for index in range(len(probe))]


@pytest.fixture(scope="module")
def words():
    return study.read_concepts(["red", "blue", "green", "sky", "grass", "room", "tree", "car"])


def small(seed: int = 0) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Conv2d(3, 6, 5, 4), nn.ReLU(), nn.Conv2d(6, 9, 3), nn.ReLU())


def labels(run) -> list[str]:
    return list(run.descriptions["description"])


def test_importing_loads_nothing_heavy():
    code = (
        "import time; t = time.perf_counter(); import study, sys; s = time.perf_counter() - t;"
        "study.read_concepts, study.load_run, study.compare, study.charts;"
        "print('torch' in sys.modules, 'study.comparison' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    with pytest.raises(AttributeError, match="no attribute 'dissection_of'"):
        _ = study.dissection_of
    assert set(study.__all__) <= set(dir(study))


def test_the_same_run_as_the_command_line(tmp_path, encoder):
    """The miniature's network, read by name: every label as `study run` writes it."""
    name, weights = "narrow_resnet18", MINIATURE / "object.safetensors"
    stated = dict(FAST, resamples=0, cards=0)
    probe = study.open_probe(MINIATURE / "probe.zip", limit=30)
    own = {"resize": 64, "crop": 64}
    network = study.load_network(
        name, layers=["layer4"], weights=weights, classes=48, name="Objects", preprocessing=own
    )
    run = study.dissect(
        network, probe=probe, concepts=MINIATURE / "concepts.txt", encoder=encoder, **stated
    )
    (tmp_path / "study.toml").write_text(
        f"""title = "T"
[probe]
kind = "zip"
path = "{MINIATURE / "probe.zip"}"
[concepts]
file = "{MINIATURE / "concepts.txt"}"
[encoder]
model = "{MINIATURE / "clip"}"
weights = "file:{MINIATURE / "clip" / "open_clip_model.safetensors"}"
[dissection]
layers = ["layer4"]
[dissection.settings]
top_k = 5
[measures]
resamples = 0
splits = 2
cards = 0
[[networks]]
name = "Objects"
architecture = "{name}"
classes = 48
weights = "file:{weights}"
preprocessing = {{ resize = 64, crop = 64 }}
"""
    )
    from study.__main__ import main

    command = ["run", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out")]
    assert main([*command, "--store", str(tmp_path / "store"), "--limit", "30"]) == 0
    table = (tmp_path / "out" / "objects" / "descriptions.csv").read_bytes()
    assert run.files["descriptions.csv"] == table


def test_pictures_in_any_container_are_the_same_pictures(tmp_path, encoder, pictures, words):
    paths = []
    for number, picture in enumerate(pictures):
        paths.append(tmp_path / f"{number:02d}.png")
        picture.save(paths[-1])

    class Labelled(Dataset):
        def __len__(self):
            return len(pictures)

        def __getitem__(self, index):
            return torch.from_numpy(np.asarray(pictures[index]).copy()).permute(2, 0, 1), 3

    class Shares(Labelled):
        def __getitem__(self, index):
            return super().__getitem__(index)[0] / 255

    arrays = [np.asarray(picture) for picture in pictures]
    sources = [
        tmp_path,
        paths,
        [str(path) for path in paths],
        pictures,
        arrays,
        Labelled(),
        Shares(),
    ]
    found = []
    for source in sources:
        run = study.dissect(
            small(), layers=["1", "3"], probe=source, concepts=words, encoder=encoder, **FAST
        )
        found.append(labels(run))
    assert all(one == found[0] for one in found)
    probed = json.loads(run.files["manifest.json"])["probe"]
    assert (probed["kind"], probed["digest_of"]) == ("dataset", "pixels")
    kinds = [study.open_probe(source).kind for source in sources]
    assert kinds == ["folder", "list", "list", "images", "images", "dataset", "dataset"]
    probes = [study.open_probe(source) for source in (pictures, arrays, Labelled(), Shares())]
    assert len({probe.digest for probe in probes}) == 1, "the digest is that of the pixels"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ([], "expected at least one image, found none"),
        (3, "expected a folder, an archive, a list"),
        ([torch.zeros(3, 4, 4) - 1], "shares from 0 to 1, found -1 to -1: give the images before"),
        ([np.zeros((4, 4, 3)) + 300], "shares from 0 to 1"),
        ([np.ma.masked_less(np.zeros((4, 4, 3)), 1)], "expected all pixels, found a masked array"),
        ([np.zeros((4, 4, 3), np.int64) + 300], "whole numbers from 0 to 255"),
        ([np.zeros((2, 4, 4, 3))], r"image 0: expected an image, an array"),
        (["/nowhere/a.png"], "nowhere"),
        ("/nowhere", "expected a folder at /nowhere, found nothing"),
    ],
)
def test_what_is_no_probe_is_refused(source, problem):
    with pytest.raises(StudyError, match=problem):
        study.open_probe(source)


def test_several_networks_are_compared_by_units_scored_anew(encoder, pictures, words):
    networks = {"A": small(0), "B": small(1)}
    a, b = study.dissect(
        networks, layers=["1", "3"], probe=pictures, concepts=words, encoder=encoder, **FAST
    )
    assert (a.name, b.name) == ("A", "B")
    pair = study.compare(a, b)
    assert pair.layers["3"].null.kind == "units rescored"
    assert pair.layers["3"].jaccard == pair.to_frame().set_index("layer").loc["3", "jaccard"]
    assert "<caption>A and B</caption>" in pair._repr_html_()
    alone = study.dissect(
        small(2), layers=["1", "3"], probe=pictures, concepts=words, encoder=encoder, name="C",
        **FAST,
    )  # fmt: skip
    assert labels(alone) != labels(b)
    assert study.compare(a, alone).layers["3"].null.kind == "labels redealt"


def test_runs_and_comparisons_describe_themselves_in_a_line(encoder, pictures, words):
    runs = study.dissect(
        {"A": small(0), "B": small(1)}, layers=["3"], probe=pictures, concepts=words,
        encoder=encoder, **FAST,
    )  # fmt: skip
    assert repr(runs[0]).startswith("<Run 'A': 3 9 units, ")
    pair = study.compare(*runs)
    assert f"3 {pair.layers['3'].jaccard:.3f}, all layers" in repr(pair)
    assert len(repr(runs[0])) + len(repr(pair)) < 300


def test_a_module_of_timm_is_prepared_as_it_states(tmp_path, encoder, pictures, words):
    module = timm.create_model("vit_tiny_patch16_224", pretrained=False)
    torch.save(module.state_dict(), tmp_path / "vit.pth")
    loaded = study.load_network(
        "timm:vit_tiny_patch16_224", layers=["blocks.11"], weights=tmp_path / "vit.pth"
    )
    given = {"probe": pictures[:12], "concepts": words, "encoder": encoder, **FAST, "cards": 0}
    alone, named = (
        study.dissect(one, layers=["blocks.11"], tokens="mean", **given) for one in (module, loaded)
    )
    assert alone.descriptions.equals(named.descriptions)
    networks = [run.manifest["network"] for run in (alone, named)]
    assert networks[0]["preprocessing"]["mean"] == [0.5, 0.5, 0.5]
    assert [network["weights"] for network in networks] == ["memory", "file:vit.pth"]
    assert not any("as for ImageNet" in note for note in networks[0].get("notes", ()))


def test_what_was_not_given_is_not_stated(encoder, pictures, words):
    run = study.dissect(
        small(), layers=["3"], probe=pictures, concepts=words, encoder=encoder, **FAST
    )
    network = run.manifest["network"]
    assert network["classes"] is None
    assert network["notes"] == ["no preprocessing was given: images are prepared as for ImageNet"]


def test_layers_with_other_names_are_reported_on(tmp_path, encoder, pictures, words):
    a, b = (
        study.dissect(
            small(seed), layers=[layer], probe=pictures, concepts=words, encoder=encoder,
            name=name, **FAST,
        )
        for name, seed, layer in (("A", 0, "1"), ("B", 1, "3"))
    )  # fmt: skip
    with pytest.raises(StudyError, match=r"in Python: .* by_depth=True"):
        study.write_report([a, b], out=tmp_path / "none")
    assert not (tmp_path / "none").exists()
    for options in ({"by_depth": True}, {"layers": {"1": "3"}}, {"overall_only": True}):
        out = study.write_report([a, b], out=tmp_path / "report", formats=["html"], **options)
        stated = json.loads((out / "results.json").read_text())["comparison"]
        assert stated["overall"]["jaccard"] == study.compare(a, b, **options).overall.jaccard
    assert (study.write_report(a, out=tmp_path / "one", formats=["html"]) / "report.html").is_file()
    for formats, found in ((["docx"], "docx"), (["pdf", "docx"], "pdf, docx"), ([], "none")):
        said = f"formats: expected a list of pdf, html and units, found {found}$"
        with pytest.raises(StudyError, match=said):
            study.write_report([a, b], out=tmp_path / "none", formats=formats, by_depth=True)
    with pytest.raises(StudyError, match="expected dissections, found str"):
        study.write_report([a, "B"], out=tmp_path / "none")


def test_runs_with_other_inputs_are_not_compared(encoder, pictures, words):
    a, b = (
        study.dissect(
            small(), layers=["1"], probe=probe, concepts=words, encoder=encoder, name=name, **FAST
        )
        for name, probe in (("A", pictures), ("B", pictures[:-1]))
    )
    with pytest.raises(StudyError, match="dissected with different inputs"):
        study.compare(a, b)
    for allowed in ({"allow_different_inputs": True}, {"same_network": True}):
        pair = study.compare(a, b, **allowed)
        assert pair.overall.jaccard is not None
        assert pair.overall.null is None  # nothing is tested
        assert pair.layers["1"].null is None


def test_a_run_is_saved_and_loaded(tmp_path, encoder, pictures, words):
    run = study.dissect(
        small(),
        layers=["3"],
        probe=pictures,
        concepts=words,
        encoder=encoder,
        name="<Mine>",
        **FAST,
    )
    again = study.load_run(run.save(tmp_path / "saved"))
    assert again.files == run.files
    assert again.name == "<Mine>"
    assert again.to_frame().equals(run.to_frame())
    assert "<caption>&lt;Mine&gt;</caption>" in run._repr_html_()
    assert "<caption>&lt;Mine&gt;</caption>" in run.dissection._repr_html_()
    assert sum(run.counts("3").values()) == int(run.live("3").sum())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(StudyError, match="thesis"):
        run.save(tmp_path / "other")


def test_own_preprocessing_is_known_by_its_source_or_a_name(tmp_path, encoder, pictures, words):
    def halves(image):
        return torch.from_numpy(np.asarray(image.resize((32, 32)), np.float32) / 255).permute(
            2, 0, 1
        )

    offset = 2.0

    def closure(image):
        return halves(image) * offset

    def run(preprocessing):
        return study.dissect(
            small(), layers=["1"], probe=pictures, concepts=words, encoder=encoder,
            preprocessing=preprocessing, **FAST,
        )  # fmt: skip

    stated = json.loads(run(halves).files["manifest.json"])["network"]["preprocessing"]
    assert stated["function"] == "halves"
    assert len(stated["source"]) == 64
    with pytest.raises(StudyError, match=r'give it a name: preprocessing=\("name", function\)'):
        run(closure)
    named = json.loads(run(("twice", closure)).files["manifest.json"])["network"]
    assert named["preprocessing"]["function"] == "twice"
    assert len(named["preprocessing"]["source"]) == 64  # of what it gives
    with pytest.raises(StudyError, match="expected a tensor"):
        run(("bad", lambda image: 3))
    with pytest.raises(StudyError, match="expected a function, a table"):
        run(7)


class Colours:
    """An encoder that knows the colours red, green and blue."""

    preprocessing = staticmethod(
        lambda image: torch.from_numpy(np.asarray(image.resize((8, 8)), np.float32)).permute(
            2, 0, 1
        )
    )

    def encode_images(self, images):
        return images.mean((2, 3)) / 255

    def encode_concepts(self, words):
        return [[float(word == colour) for colour in ("red", "green", "blue")] for word in words]


def test_any_object_that_embeds_images_and_words_is_an_encoder(pictures):
    bright = [Image.new("RGB", (16, 16), (8 * k, 10, 200 - 8 * k)) for k in range(20)]
    for one in bright:
        one.putpixel((3, 3), (0, 0, 0))
    first = nn.Sequential(nn.Conv2d(3, 2, 1, bias=False))
    first[0].weight.data = torch.tensor([[1.0, 0, -1], [-1.0, 0, 1]]).view(2, 3, 1, 1)
    encoder = Colours()
    encoder.preprocessing = ("colours", Colours.preprocessing)
    run = study.dissect(
        first, layers=["0"], probe=bright, concepts=["red", "green", "blue"], encoder=encoder,
        similarity="cos_similarity", resamples=0, splits=2, cards=0, progress=False,
    )  # fmt: skip
    assert labels(run) == ["red", "blue"]
    assert json.loads(run.files["manifest.json"])["encoder"]["model"] == "Colours"
    with pytest.raises(StudyError, match="found object without encode_images"):
        study.dissect(
            first, layers=["0"], probe=bright, concepts=["red", "blue"], encoder=object(), **FAST
        )


def test_recorded_activations_are_dissected(tmp_path, encoder, pictures, words):
    module = small()
    with torch.no_grad():
        batch = torch.stack([study_input(picture) for picture in pictures])
        values = module(batch).mean((2, 3)).numpy()
    np.save(tmp_path / "a.npy", values)
    given = [values, torch.from_numpy(values), {"3": values}, tmp_path / "a.npy"]
    own = {"probe": pictures, "concepts": words, "encoder": encoder, **FAST}
    computed = study.dissect(module, layers=["3"], preprocessing=("input", study_input), **own)
    for recorded in given:
        assert labels(study.dissect(recorded, layers=["3"], **own)) == labels(computed)
    with pytest.raises(StudyError, match=r"activations of shape \(30 images, units\), found ndarr"):
        study.dissect(values[:5], layers=["3"], **own)
    halved = study.dissect(torch.from_numpy(values).bfloat16(), layers=["3"], **own)
    assert len(labels(halved)) == values.shape[1]
    for wrong, problem in (
        (1e9 + values.astype(float), "Mine: 3: expected activations that single precision tells"),
        (
            values.astype(float) * 1e300,
            "Mine: 3: .* at unit 0 for 00, more than single precision holds",
        ),
        (np.ma.masked_array(values, mask=values > 0), "Mine: 3: .* found a masked array"),
        (torch.from_numpy(values).to_sparse(), "expected activations in a dense tensor"),
    ):
        with pytest.raises(StudyError, match=problem):
            study.dissect(wrong, layers=["3"], **own)


def study_input(picture):
    pixels = np.asarray(picture.resize((64, 64)), np.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1)


def test_nothing_is_kept_without_a_store(tmp_path, encoder, pictures, words, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    own = {"probe": pictures, "concepts": words, "encoder": encoder, "layers": ["1"], **FAST}
    first = study.dissect(small(), **own)
    assert not list(tmp_path.iterdir())
    again = study.dissect(small(), **own, store=tmp_path / "store")
    assert (tmp_path / "store").is_dir()
    assert (
        labels(first)
        == labels(again)
        == labels(study.dissect(small(), **own, store=tmp_path / "store"))
    )


def test_the_users_module_is_left_as_it_was(encoder, pictures, words):
    module = small().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    threads = threading.active_count()
    study.dissect(module, layers=["1"], probe=pictures, concepts=words, encoder=encoder, **FAST)
    assert module.training
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(parameter.requires_grad for parameter in module.parameters())
    assert not any(part._forward_hooks for part in module.modules())
    assert not torch.are_deterministic_algorithms_enabled()
    assert threading.active_count() <= threads + 1


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"layers": ["9"]}, r"Mine: layers: the network has no layer '9'; the nearest are 0, 1, 2"),
        ({"layers": None}, r"Mine: name the layers to dissect, such as 1, 2, 3"),
        ({"similarity": "best"}, "similarity"),
        ({"pool": "sum"}, "pool: expected one of avg, max, found 'sum'"),
        ({"device": "cuda:9"}, "there is no cuda:9"),
        ({"device": "gpu"}, r"dissect: \[dissection\] device: expected one of .* found 'gpu'"),
        ({"resamples": -1}, r"dissect: \[measures\] resamples: expected an integer from 0"),
        ({"seed": -5}, r"\[measures\] seed: expected an integer from 0"),
        ({"batch": 0}, "batch: expected a whole number from 1, found 0"),
        (
            {"class_names": ["a"], "class_layer": "3"},
            "expected 9 class names, one for each unit of 3",
        ),
        ({"concepts": ["red"]}, "expected at least two concepts"),
        ({"concepts": ["red", "Red"]}, "Red"),
        ({"concepts": [1, 2]}, "something that is no text"),
        ({"settings": {"top_k": 99}}, "at least top_k = 99 images, found 30"),
    ],
)
def test_what_cannot_be_used_is_named(changed, problem, encoder, pictures, words):
    own = {"layers": ["1"], "probe": pictures, "concepts": words, "encoder": encoder, **FAST}
    with pytest.raises(StudyError, match=problem):
        study.dissect(small(), **own | changed)


class NeedsTwo(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, image, mask):
        return self.conv(image) * mask


class NoCopy(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 4, 1))
        self.numbers = (number for number in range(3))


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (None, "expected a torch module, recorded activations .* found NoneType"),
        ([1], "expected a torch module, recorded activations .* found list"),
        ({}, "expected at least one network, found an empty dictionary"),
        (NeedsTwo(), "the network rejects images of shape .* missing 1 required positional"),
        (NoCopy(), "cannot copy the module: TypeError"),
    ],
)
def test_what_is_no_network_is_named(model, problem, encoder, pictures, words):
    own = {"layers": ["0" if isinstance(model, NoCopy) else "conv"], "probe": pictures, **FAST}
    with pytest.raises(StudyError, match=problem):
        study.dissect(model, concepts=words, encoder=encoder, **own)


def test_networks_as_torch_wraps_them(encoder, pictures, words):
    own = {"probe": pictures, "concepts": words, "encoder": encoder, **FAST}
    plain = labels(study.dissect(small(), layers="3", **own))
    assert labels(study.dissect(torch.compile(small()), layers=["3"], **own)) == plain
    wrapped = study.dissect(nn.DataParallel(small()), layers=["module.3"], **own)
    assert labels(wrapped) == plain


def test_transforms_are_known_by_what_they_say(encoder, pictures, words):
    from torchvision import transforms

    own = {"probe": pictures, "concepts": words, "encoder": encoder, "layers": ["1"], **FAST}
    steps = [transforms.Resize(32), transforms.ToTensor()]
    run = study.dissect(small(), preprocessing=transforms.Compose(steps), **own)
    stated = json.loads(run.files["manifest.json"])["network"]["preprocessing"]
    assert stated["function"] == "Compose"
    steps.append(transforms.Lambda(lambda values: values))
    with pytest.raises(StudyError, match="give it a name"):
        study.dissect(small(), preprocessing=transforms.Compose(steps), **own)


def test_files_that_are_not_there_are_named():
    with pytest.raises(StudyError, match=r"cannot read the weights .*nothere\.pth: No such file"):
        study.load_network("resnet18", layers="layer4", classes=3, weights="nothere.pth")
    with pytest.raises(StudyError, match=r"cannot read the weights .*nothere\.safetensors"):
        study.load_encoder(MINIATURE / "clip", weights="nothere.safetensors")


def test_charts_and_report(tmp_path, encoder, pictures, words):
    runs = study.dissect(
        {"A": small(0), "B": small(1)}, layers=["3"], probe=pictures, concepts=words,
        encoder=encoder, **FAST,
    )  # fmt: skip
    pair = study.compare(*runs)
    for axes in (
        study.charts.venn(pair),
        study.charts.venn(pair, layer="3"),
        study.charts.bars(runs[0], layer="3"),
        study.charts.overlaps(pair),
    ):
        axes.figure.savefig(tmp_path / "chart.png")
        assert (tmp_path / "chart.png").stat().st_size > 2000
    with pytest.raises(StudyError, match="expected one of the layers 3, found '9'"):
        study.charts.venn(pair, layer="9")
    out = study.write_report(runs, out=tmp_path / "report", formats=["html"])
    assert {"report.html", "results.json"} <= {path.name for path in out.iterdir()}
    with pytest.raises(StudyError, match="several runs are called 'A'"):
        study.write_report([runs[0], runs[0]], out=tmp_path / "twice")
    saved = json.loads(pair.save(tmp_path / "pair.json").read_text())
    stated = json.loads((out / "results.json").read_text())["pairs"][0]
    assert saved["layers"]["3"]["jaccard"] == stated["layers"]["3"]["jaccard"]
    assert saved["layers"]["3"]["null"]["mean"] == stated["layers"]["3"]["null"]["mean"]


def test_the_notebook_runs():
    """Each cell in turn; the last line of a cell is what a notebook would show."""
    path = ROOT / "tests" / "docs" / "dissect.ipynb"
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    names: dict[str, object] = {"MINIATURE": Path(MINIATURE)}
    shown = []
    for cell in cells:
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, path.name, "exec"), names)
        if last is not None:
            shown.append(eval(compile(ast.Expression(last.value), path.name, "eval"), names))
    assert len(shown) == 4
    assert all("<table" in value._repr_html_() for value in shown[:3])
    assert shown[3].get_title(loc="left") == "layer3"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"settings": {"top_k": True}}, "settings: top_k: expected a number, found True"),
        ({"settings": {"lam": 1e300}}, "settings: lam: expected a number"),
        ({"settings": {"lam": float("nan")}}, "settings: lam: expected a number"),
        ({"picture_size": 63}, "picture_size: expected an integer from 64 to 512, found 63"),
        ({"name": 5}, "name: expected text, found int"),
        ({"concepts": 5}, "concepts: expected a file or words, found int"),
    ],
)
def test_wrong_values_are_named(wrong, message, encoder, pictures, words):
    given = FAST | {"concepts": words, "layers": ["1"]} | wrong
    with pytest.raises(StudyError, match=message):
        study.dissect(small(), probe=pictures, encoder=encoder, **given)


@pytest.mark.parametrize(
    "wrong",
    [
        {"permutations": 0}, {"permutations": 2.5}, {"permutations": "a"}, {"seed": -1},
        {"seed": "x"}, {"layers": ["l"]},
    ],
)  # fmt: skip
def test_wrong_values_of_a_comparison_are_named(wrong):
    with pytest.raises(StudyError, match=f"compare: {next(iter(wrong))}: expected"):
        study.compare(*study.charts.sample(), **wrong)
