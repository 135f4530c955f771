"""Row `whole`: from photos, words and weights to dissections, by the command a user types."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.bench import inputs, machine
from tests.bench.measure import command
from tests.bench.models import image_size, operations
from tests.bench.table import Line

_PUBLISHED_MINUTES, _PUBLISHED_PEAK = 25 + 20 / 60, "5.0 GB"
_BY_IMAGE = ("checking images", "activations", "image features")
_STUDY = """
title = "Bench"
[probe]
kind = "folder"
path = "photos"
[concepts]
file = "words.txt"
[encoder]
model = "{model}"
weights = "random:0"
[dissection]
layers = ["layer2", "layer3", "layer4"]
device = "cpu"
precision = "{precision}"
[dissection.settings]
top_k = {top_k}
[measures]
resamples = 0
cards = 0
"""
_NETWORK = """
[[networks]]
name = "{name}"
architecture = "resnet18"
classes = 1000
weights = "random:{seed}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Images and words; a slow machine runs as many images as `seconds` allow."""

    images: int = 1000
    fewest: int = 200
    concepts: int = 20_000
    top_k: int = 100
    seconds: float = 330
    model: str = "ViT-B-16"


def from_nothing(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line in float32 and, where the processor knows it, one in bfloat16."""
    precisions = ["float32", *(["bfloat16"] if machine.knows("bfloat16") else [])]
    with tempfile.TemporaryDirectory() as folder:
        work = _operations_of(sizes)
        count = _affordable(sizes, work)
        root = Path(folder)
        inputs.write_photos(root / "photos", count)
        words, what = inputs.words(sizes.concepts)
        (root / "words.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
        return [_run(root, precision, count, what, sizes, work) for precision in precisions]


class Work(NamedTuple):
    """Operations of one image in all models, and of all words."""

    image: float
    words: float


def _operations_of(sizes: Sizes) -> Work:
    encoder = inputs.encoder(sizes.model)
    words, _ = inputs.words(sizes.concepts)
    sample = words[:: max(1, len(words) // 2000)]
    positions = float((encoder.tokenizer(list(sample)) != 0).sum()) / len(sample) * len(words)
    tower = getattr(encoder.module, "text", encoder.module).transformer
    weights = sum(parameter.numel() for parameter in tower.parameters())
    image = operations(encoder.module.visual, image_size(encoder.module))
    image += 2 * operations(inputs.network("any", seed=1).module, 224)
    return Work(image, 2 * weights * positions)


def _affordable(sizes: Sizes, work: Work) -> int:
    """Return how many images end in time at 60 % of the matrix product's speed."""
    rate = 0.6 * machine.matrix_rate("float32")
    fitting = int((sizes.seconds - work.words / rate) * rate / work.image)
    return min(sizes.images, max(sizes.fewest, fitting))


def _run(root: Path, precision: str, count: int, what: str, sizes: Sizes, work: Work) -> Line:
    text = _STUDY.format(model=sizes.model, precision=precision, top_k=sizes.top_k)
    text += "".join(_NETWORK.format(name=f"Net {seed}", seed=seed) for seed in (1, 2))
    (root / "study.toml").write_text(text, encoding="utf-8")
    out, store = root / f"out-{precision}", root / f"store-{precision}"
    places = ("--out", out.name, "--store", store.name)
    cost = command("study", "run", "study.toml", *places, folder=root)
    timings = json.loads((out / "timings.json").read_text(encoding="utf-8"))
    by_image = sum(timings.get(stage, 0.0) for stage in _BY_IMAGE)
    full = cost.seconds + by_image * (sizes.images / count - 1)
    products = (work.words + work.image * sizes.images) / machine.matrix_rate(precision)
    stages = ", ".join(f"{name} {took:.0f} s" for name, took in timings.items() if took >= 1)
    scaled = f"{count} images, their stages scaled linearly; " if count < sizes.images else ""
    return Line(
        row="whole",
        case=f"{sizes.images} photos, {sizes.concepts} words, {precision}",
        plain=_PUBLISHED_MINUTES,
        ours=full / 60,
        unit="min",
        peak=cost.peak,
        aim="< 6 min, < 2.5 GB" if precision == "float32" else "< 3 min, < 2.5 GB",
        note=(
            f"plain: the published code on another machine (183 GFLOP/s, peak {_PUBLISHED_PEAK}), "
            f"not run here; peak of the whole process; {scaled}matrix products at "
            f"{machine.matrix_rate(precision) / 1e9:.0f} GFLOP/s take {products / full:.0%} of the "
            f"time; {what}; took {cost.seconds / 60:.1f} min; as measured: {stages}"
        ),
    )
