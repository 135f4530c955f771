"""Places: where on the image the cells of tensors look, followed through a network as it runs.

A network runs once on a picture while each operation is watched. The places of the outputs' rows
and columns follow from those of the inputs by the operation's own arithmetic: the stride and the
padding of a convolution, the step of a slice, the order of a permutation. What it computes does
not matter: neither gates that look at the whole image, nor saturated units, nor attention can bend
them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakIdKeyDictionary

from study.models.geometry import COLUMN, ROW, Shape, Steps, size_of_axis, steps_of, untracked
from study.models.place_rules import RULES, elementwise, tensors_in


class Places(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Follows the places of every tensor that is computed from one image tensor inside ``with``."""

    def __init__(self, image: torch.Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._shapes: Any = WeakIdKeyDictionary()
        self.grids: dict[tuple[int, int], tuple[Steps, Steps]] = {}
        """The last rows and columns that were seen of each number of them."""
        self.tokens: tuple[Steps, Steps] | None = None
        """The last rows and columns that made up one axis together, as tokens do."""
        if image.ndim != 4:
            return
        rows, columns = image.shape[2:]
        self._shapes[image] = (
            *untracked(image)[:2],
            (Steps(ROW, rows, 0.0, 1.0),),
            (Steps(COLUMN, columns, 0.0, 1.0),),
        )

    def of(self, tensor: torch.Tensor) -> Shape:
        """Return the axes of a tensor that was computed, or of any other, untracked."""
        return self._shapes.get(tensor) or untracked(tensor)

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Run one operation, and derive the places of its outputs."""
        result = function(*args, **(kwargs or {}))
        named = _named(function, args, kwargs or {})
        rule = RULES.get(function.overloadpacket.__name__, elementwise)
        for output in tensors_in(result):
            if any(output is given for given in tensors_in(args)) and rule is elementwise:
                continue  # In place: the places stay.
            axes = rule(self.of, named, output)
            if tuple(map(size_of_axis, axes)) == tuple(output.shape) and steps_of(axes):
                self._shapes[output] = axes
                self._remember(axes)
        return result

    def _remember(self, axes: Shape) -> None:
        steps = steps_of(axes)
        if [one.direction for one in steps] == [ROW, COLUMN]:
            rows, columns = steps
            self.grids[rows.size, columns.size] = (rows, columns)
            if any(len(steps_of((axis,))) == 2 for axis in axes):
                self.tokens = (rows, columns)


def _named(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an operation by name, in order, with its defaults."""
    given = {}
    for place, argument in enumerate(function._schema.arguments):
        default = argument.default_value
        given[argument.name] = (
            args[place] if place < len(args) else kwargs.get(argument.name, default)
        )
    return given
