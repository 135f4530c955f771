"""Row `images`: photos through two ResNet18 and a ViT-B/16, against the plain loop."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from operator import eq, ne
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torchvision import transforms

from study.inputs.batches import batches
from study.inputs.probe import Probe, open_probe
from study.inputs.settings import ProbeSettings
from study.similarity import SIMILARITY_FUNCTIONS
from tests.bench import inputs, machine
from tests.bench.measure import timed
from tests.bench.models import Model, models
from tests.bench.table import Line

_BATCH = 64
_Arrays = dict[str, Mapping[str, Tensor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Photos, the first of them that the plain loop gets, concepts, the encoder."""

    images: int = 192
    plain: int = 64
    concepts: int = 2000
    model: str = "ViT-B-16"


def against_plain_loop(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line for each model, one for all and, where the processor knows it, bfloat16."""
    lines: list[Line] = []
    plain: _Arrays = {}
    ours: _Arrays = {}
    with tempfile.TemporaryDirectory() as folder:
        photos = inputs.write_photos(Path(folder) / "photos", sizes.images)
        probe = open_probe(ProbeSettings(kind="folder", path=photos), path=photos)
        for model in models("float32", sizes.model):
            _plain_loop(model, photos, 2)
            seconds, plain[model.name] = timed(
                lambda model=model: _plain_loop(model, photos, sizes.plain)
            )
            rate, ours[model.name] = _our_rate(model, probe)
            lines.append(_line(model, sizes, sizes.plain / seconds, rate))
        lines.append(_together(lines, plain, ours, sizes))
        if machine.knows("bfloat16"):
            lines.append(_in_bfloat16(probe, ours, lines[-1].ours, sizes))
    return lines


def _line(model: Model, sizes: Sizes, slow: float, fast: float) -> Line:
    capacity = machine.matrix_rate("float32")
    possible = capacity / model.operations
    return Line(
        row="images",
        case=model.name,
        plain=slow,
        ours=fast,
        unit="images/s",
        aim=">= 75 % of the matrix product",
        note=(
            f"{fast / possible:.0%} of the {possible:.3g} images/s that {capacity / 1e9:.0f} "
            f"GFLOP/s allow; plain on {sizes.plain} photos, study on {sizes.images}"
        ),
    )


def _plain_loop(model: Model, photos: Path, count: int) -> dict[str, Tensor]:
    """Decode, prepare and run one image after the other, as the published code's loader does."""
    asked = model.preprocessing
    mode = transforms.InterpolationMode(asked.interpolation)
    resize = transforms.Resize(asked.resize, interpolation=mode)
    normalise = transforms.Normalize(asked.mean, asked.std)
    prepare = transforms.Compose(
        [resize, transforms.CenterCrop(asked.crop), transforms.ToTensor(), normalise]
    )
    names = sorted(photos.iterdir())[:count]
    parts = []
    for start in range(0, count, _BATCH):
        images = [prepare(Image.open(name).convert("RGB")) for name in names[start:][:_BATCH]]
        parts.append(model.plain(torch.stack(images)))
    return _joined(parts)


def _our_loop(model: Model, probe: Probe, count: int) -> dict[str, Tensor]:
    transform = {"images": model.preprocessing.apply}
    loaded = batches(probe, transform, indices=range(count), size=_BATCH)
    return _joined([model.ours(images["images"]) for _, images in loaded])


def _our_rate(model: Model, probe: Probe) -> tuple[float, dict[str, Tensor]]:
    """Return images in a second, and their arrays."""
    _our_loop(model, probe, min(16, len(probe)))
    seconds, arrays = timed(lambda: _our_loop(model, probe, len(probe)))
    return len(probe) / seconds, arrays


def _joined(parts: list[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.cat([part[name] for part in parts]).float() for name in parts[0]}


def _labels(arrays: _Arrays, count: int, concepts: int) -> list[int]:
    """Return the labels of all networks' units from the first photos and random concepts."""
    *networks, encoder = arrays
    features = arrays[encoder]["features"][:count]
    # Random weights map all images close together; their common part carries no information.
    features = features - features.mean(0)
    generator = torch.Generator().manual_seed(0)
    random = torch.randn(concepts, features.shape[1], generator=generator)
    function, top_k = SIMILARITY_FUNCTIONS["soft_wpmi"], max(1, count // 5)
    layers = [values for network in networks for values in arrays[network].values()]
    scores = [function(features, random, values[:count], top_k=top_k) for values in layers]
    return [label for layer in scores for label in layer.argmax(1).tolist()]


def _together(lines: list[Line], plain: _Arrays, ours: _Arrays, sizes: Sizes) -> Line:
    expected, labels = (_labels(arrays, sizes.plain, sizes.concepts) for arrays in (plain, ours))
    return Line(
        row="images",
        case="all three, one after the other",
        plain=1 / sum(1 / line.plain for line in lines),
        ours=1 / sum(1 / line.ours for line in lines),
        unit="images/s",
        aim="labels equal",
        note=(
            f"labels equal {sum(map(eq, labels, expected))} of {len(labels)} (soft_wpmi on "
            f"{sizes.plain} photos, {sizes.concepts} random concepts)"
        ),
    )


def _in_bfloat16(probe: Probe, ours: _Arrays, before: float, sizes: Sizes) -> Line:
    arrays: _Arrays = {}
    seconds = 0.0
    for model in models("bfloat16", sizes.model):
        rate, arrays[model.name] = _our_rate(model, probe)
        seconds += 1 / rate
    expected, labels = (_labels(part, len(probe), sizes.concepts) for part in (ours, arrays))
    return Line(
        row="images",
        case="all three, bfloat16 against float32",
        plain=before,
        ours=1 / seconds,
        unit="images/s",
        aim=">= 1.8 x",
        note=f"{sum(map(ne, labels, expected)) / len(labels):.1%} of {len(labels)} labels change",
    )
