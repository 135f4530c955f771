"""Geometry: equal steps over the image, and the axes of tensors that are made of them."""

from dataclasses import dataclass

import torch

ROW, COLUMN = 0, 1
"""Directions."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Equal steps over the image along one direction: index i lies at pixel start + i * step."""

    direction: int  # ROW or COLUMN
    size: int
    start: float
    step: float

    def resized(self, size: int) -> "Steps":
        """Return as many cells as `size` that share the same stretch of the image evenly."""
        share = self.size / size
        start = self.start + (share - 1) / 2 * self.step
        return Steps(self.direction, size, start, share * self.step)


Axis = tuple["int | Steps", ...]
"""One axis of a tensor, as the product of its factors, slowest first: steps over the image, or the
size of what is no place. An axis of image rows and columns in one, as of tokens, has two steps."""
Shape = tuple[Axis, ...]


def untracked(tensor: torch.Tensor) -> Shape:
    """Return the axes of a tensor whose places are unknown."""
    return tuple((size,) for size in tensor.shape)


def steps_of(axes: Shape) -> list[Steps]:
    """Return all steps among axes, in order."""
    return [factor for axis in axes for factor in axis if isinstance(factor, Steps)]


def size_of_axis(axis: Axis) -> int:
    """Return the size of an axis."""
    total = 1
    for factor in axis:
        total *= factor.size if isinstance(factor, Steps) else factor
    return total


def averaged(found: list[Axis]) -> Axis:
    """Return the mean place of axes of one layout; of several layouts the first one's."""
    layouts = {tuple(_kind(factor) for factor in axis) for axis in found}
    if len(layouts) > 1:
        return found[0]
    means: list[int | Steps] = []
    for factors in zip(*found, strict=True):
        steps = [factor for factor in factors if isinstance(factor, Steps)]
        if not steps:
            means.append(factors[0])
            continue
        start = sum(one.start for one in steps) / len(steps)
        step = sum(one.step for one in steps) / len(steps)
        means.append(Steps(steps[0].direction, steps[0].size, start, step))
    return tuple(means)


def _kind(factor: int | Steps) -> tuple[int, int]:
    return (factor.direction, factor.size) if isinstance(factor, Steps) else (-1, factor)


def split(factor: int | Steps, outer: int) -> tuple[int | Steps, int | Steps]:
    """Return the two factors of one, the slower of them of size `outer`."""
    if not isinstance(factor, Steps):
        return outer, factor // outer
    inner = factor.size // outer
    return (
        Steps(factor.direction, outer, factor.start, factor.step * inner),
        Steps(factor.direction, inner, 0.0, factor.step),
    )


def merged(factors: list[int | Steps]) -> Axis:
    """Join neighbouring factors that are one run of steps again, as when windows are put back."""
    joined: list[int | Steps] = []
    for factor in factors:
        last = joined[-1] if joined else None
        if isinstance(last, int) and isinstance(factor, int):
            joined[-1] = last * factor
        elif (
            isinstance(last, Steps)
            and isinstance(factor, Steps)
            and last.direction == factor.direction
            and abs(last.step - factor.step * factor.size) < 1e-9
        ):
            start = last.start + factor.start
            joined[-1] = Steps(last.direction, last.size * factor.size, start, factor.step)
        else:
            joined.append(factor)
    return tuple(joined)
