"""Row `whole`: from photos, words and weights to dissections, by the command a user types."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench import inputs, machine
from tests.bench.measure import command
from tests.bench.table import Line

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
    """Images, words, and the encoder."""

    images: int = 1000
    concepts: int = 20_000
    top_k: int = 100
    model: str = "ViT-B-16"


def from_nothing(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line in float32 and, where the processor knows it, one in bfloat16."""
    precisions = ["float32", *(["bfloat16"] if machine.knows("bfloat16") else [])]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        inputs.write_photos(root / "photos", sizes.images)
        words, what = inputs.words(sizes.concepts)
        (root / "words.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
        return [_run(root, precision, what, sizes) for precision in precisions]


def _run(root: Path, precision: str, what: str, sizes: Sizes) -> Line:
    text = _STUDY.format(model=sizes.model, precision=precision, top_k=sizes.top_k)
    text += "".join(_NETWORK.format(name=f"Net {seed}", seed=seed) for seed in (1, 2))
    (root / "study.toml").write_text(text, encoding="utf-8")
    out, store = root / f"out-{precision}", root / f"store-{precision}"
    places = ("--out", out.name, "--store", store.name)
    cost = command("study", "run", "study.toml", *places, folder=root)
    timings = json.loads((out / "timings.json").read_text(encoding="utf-8"))
    stages = ", ".join(f"{name} {took:.0f} s" for name, took in timings.items() if took >= 1)
    return Line(
        row="whole",
        case=f"{sizes.images} photos, {sizes.concepts} words, {precision}",
        plain=25 + 20 / 60,
        ours=cost.seconds / 60,
        unit="min",
        peak=cost.peak,
        aim="< 6 min, < 2.5 GB" if precision == "float32" else "< 3 min, < 2.5 GB",
        note=(
            f"plain: the published code on another machine (183 GFLOP/s, peak 5.0 GB), "
            f"not run here; peak of the whole process; {what}; stages: {stages}"
        ),
    )
