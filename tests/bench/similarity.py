"""Rows `similarity-...`: the five functions against the published method and plain products."""

from dataclasses import dataclass

import torch
from torch import Tensor

from study.similarity import SIMILARITY_FUNCTIONS
from tests.bench import published
from tests.bench.measure import best, peak, timed
from tests.bench.table import Line

_BLOCK = 512
_FEWER_UNITS = {"rank_reorder": 32}
"""Where the published function takes minutes, both sides get only this many units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Of made-up features and activations."""

    images: int
    units: int = 512
    concepts: int = 20_000
    width: int = 512
    repeats: int = 3


def against_published(sizes: Sizes = Sizes(images=1000)) -> list[Line]:
    """Return a line for each function: the published per-unit gather against ours."""
    return [_one(name, sizes) for name in SIMILARITY_FUNCTIONS]


def against_products(sizes: Sizes = Sizes(images=20_000, repeats=2)) -> list[Line]:
    """Return soft_wpmi over many images against two blocked matrix products with exp."""
    images, concepts, activations = made_up(sizes)
    function = SIMILARITY_FUNCTIONS["soft_wpmi"]
    function(images[:512], concepts[:256], activations[:512, :8])
    with peak() as memory:
        function(images, concepts, activations)
    fast = best(lambda: function(images, concepts, activations), repeats=sizes.repeats)
    slow = best(lambda: _two_products(images, concepts), repeats=sizes.repeats)
    return [
        Line(
            row=f"similarity-{sizes.images}",
            case="soft_wpmi against two blocked products with exp",
            plain=slow,
            ours=fast,
            peak=memory.above,
            aim="time <= 1.5 x the products' (ratio >= 0.67); peak <= 600 MB",
            note=f"time {fast / slow:.2f} x the products'",
        )
    ]


def made_up(sizes: Sizes) -> tuple[Tensor, Tensor, Tensor]:
    """Return seeded features of images and concepts, and normal activations.

    Cosines lie about 0.2 with a standard deviation of 0.035, as CLIP's do.
    """
    generator = torch.Generator().manual_seed(0)

    def normal(rows: int, columns: int) -> Tensor:
        return torch.randn(rows, columns, generator=generator)

    common = torch.nn.functional.normalize(normal(1, sizes.width)) * 0.2**0.5
    images, concepts = (
        common + normal(rows, sizes.width) * (0.8 / sizes.width) ** 0.5
        for rows in (sizes.images, sizes.concepts)
    )
    return images, concepts, normal(sizes.images, sizes.units)


def _one(name: str, sizes: Sizes) -> Line:
    images, concepts, activations = made_up(sizes)
    activations = activations[:, : _FEWER_UNITS.get(name)].contiguous()
    function, plain = SIMILARITY_FUNCTIONS[name], published.FUNCTIONS[name]
    function(images, concepts[:256], activations[:, :8])
    with peak() as memory:
        ours = function(images, concepts, activations)
    fast = best(lambda: function(images, concepts, activations), repeats=sizes.repeats)
    torch.manual_seed(0)
    slow, expected = timed(lambda: plain(published.scores(images, concepts), activations))
    return Line(
        row=f"similarity-{sizes.images}",
        case=f"{name}, {len(ours)} units",
        plain=slow,
        ours=fast,
        peak=memory.above,
        aim=">= 5 x, aim 10 x; peak <= 250 MB" if name == "soft_wpmi" else "",
        note=_agreement(ours, expected),
    )


def _agreement(ours: Tensor, expected: Tensor) -> str:
    # A negative mean score has no root: what is undefined as published is left out.
    known = expected.isfinite()
    apart = float((ours - expected)[known].abs().max())
    expected = torch.where(known, expected, -torch.inf)
    equal = int((torch.where(known, ours, -torch.inf).argmax(1) == expected.argmax(1)).sum())
    return f"labels equal {equal} of {len(ours)}, largest difference {apart:.1e}"


def _two_products(images: Tensor, concepts: Tensor) -> None:
    memory = torch.empty(len(images), _BLOCK)
    for _ in range(2):
        for start in range(0, len(concepts), _BLOCK):
            block = concepts[start : start + _BLOCK]
            whole = len(block) == _BLOCK
            torch.mm(images, block.T, out=memory if whole else memory[:, : len(block)])
            memory.mul_(0.01).exp_()
