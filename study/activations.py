"""Activations: one number per image and unit, read from a network's layers as it runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeAlias

import torch
from torch import nn

from study.errors import StudyError
from study.networks import Network, canonical_layer

Pool: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
Watcher: TypeAlias = Callable[[Any], None]

POOLS: Mapping[str, Pool] = MappingProxyType(
    {
        "avg": lambda output: output.mean(dim=(2, 3), dtype=torch.float32),
        "max": lambda output: output.amax(dim=(2, 3)),
    }
)
"""How a map (images, units, height, width) becomes (images, units)."""


class Hooks:
    """Run a network and hand back what its layers gave, pooled over space.

    Inside ``with`` the network is in eval mode; on leaving, also by an exception, its hooks are
    gone and every module is in the mode it was in.

    Parameters
    ----------
    module
        The network, on any device, in float32 or bfloat16.
    layers
        Names of the layers, in either spelling.
    pool
        ``"avg"`` or ``"max"``, for outputs (images, units, height, width). Of an output (images,
        tokens, width) the first token is taken; an output (images, units) is taken as it is.
        Layers that give (images, height, width, units), as Swin's stages do, no shape tells
        apart: see `check_axes`.

    Raises
    ------
    StudyError
        If a layer is unknown.

    Examples
    --------
    >>> net = nn.Sequential(nn.Conv2d(3, 8, 1), nn.ReLU(inplace=True))
    >>> with Hooks(net, ["0"], pool="avg") as hooks:
    ...     hooks(torch.zeros(2, 3, 4, 4))["0"].shape
    torch.Size([2, 8])
    """

    def __init__(self, module: nn.Module, layers: Sequence[str], *, pool: str = "avg") -> None:
        if pool not in POOLS:
            raise StudyError(f"pool: expected one of {', '.join(POOLS)}, found {pool!r}")
        self._module, self._pool = module, POOLS[pool]
        self._layers = {layer: canonical_layer(module, layer) for layer in layers}
        self._seen: dict[str, torch.Tensor] = {}
        self._images: int | None = None  # None: this call's forward pass is not running
        self._inside = ExitStack()
        self._entered = False

    def __enter__(self) -> Self:
        watchers = [(dotted, self._watcher(layer)) for layer, dotted in self._layers.items()]
        self._inside.enter_context(_watched(self._module, watchers))
        self._entered = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._entered = False
        self._seen.clear()
        self._inside.close()

    def __call__(
        self, batch: torch.Tensor, *, names: Sequence[str] | None = None
    ) -> dict[str, torch.Tensor]:
        """Return the pooled activations of a batch.

        Parameters
        ----------
        batch
            Tensor (images, 3, height, width) on any device.
        names
            What errors call the images; their place in the batch when left out.

        Returns
        -------
        dict
            Layer, as it was spelt, to a float32 tensor (images, units) on the CPU.

        Raises
        ------
        StudyError
            Outside ``with``; if a layer is called twice or never, or gives something that cannot
            be pooled; if an activation is NaN or infinite; if the network refuses the batch.
        """
        if not self._entered:
            raise StudyError("hooks: expected to be called inside `with`, found them removed")
        self._seen.clear()
        self._images = len(batch)
        try:
            _run(self._module, batch)
        finally:
            self._images = None
        for layer in self._layers:
            if layer not in self._seen:
                raise StudyError(
                    f"{layer}: expected a layer that the network runs, found it unused"
                )
        pooled = {layer: self._seen.pop(layer).float().cpu() for layer in self._layers}
        for layer, values in pooled.items():
            _check_finite(values, layer, names)
        return pooled

    def _watcher(self, layer: str) -> Watcher:
        def watch(output: Any) -> None:
            if self._images is None:  # somebody else runs the network
                return
            if layer in self._seen:
                raise StudyError(f"{layer}: expected a layer that runs once, found it called twice")
            # Pooled, and so copied, at once: a later in-place ReLU changes the output itself.
            self._seen[layer] = _pooled(output, layer, self._pool, self._images)

        return watch


def check_axes(module: nn.Module, layers: Sequence[str], image: torch.Tensor) -> None:
    """Refuse layers whose maps have their units last, as Swin's stages have.

    No shape tells them apart, but a taller image does: only the axes of space grow with it. A
    network that takes images of one size alone is not looked at.

    Parameters
    ----------
    module
        The network.
    layers
        Names of the layers, in either spelling.
    image
        Tensor (1, 3, height, width).

    Raises
    ------
    StudyError
        Naming the first such layer.
    """
    shapes: list[dict[str, tuple[int, ...]]] = []
    for given in (image, torch.cat([image, image], dim=2)):
        seen: dict[str, tuple[int, ...]] = {}
        watchers = [(canonical_layer(module, layer), _shape_into(seen, layer)) for layer in layers]
        try:
            with _watched(module, watchers):
                _run(module, given)
        except StudyError:
            return
        shapes.append(seen)
    for layer, shape in shapes[0].items():
        if len(shape) == 4 and shapes[1][layer][1] != shape[1]:
            raise StudyError(
                f"{layer}: expected an output (images, units, height, width), found its units last "
                f"in {shape}: dissect a layer after the network has turned them"
            )


def _shape_into(seen: dict[str, tuple[int, ...]], layer: str) -> Watcher:
    def watch(output: Any) -> None:
        if isinstance(output, torch.Tensor):
            seen[layer] = tuple(output.shape)

    return watch


def activation_map(
    network: Network, layer: str, unit: int | Sequence[int], batch: torch.Tensor
) -> torch.Tensor:
    """Return where in each image a unit responds: its output before pooling.

    Parameters
    ----------
    network
        The network.
    layer
        A layer whose output is (images, units, height, width), in either spelling.
    unit
        One unit, or for each image its own.
    batch
        Tensor (images, 3, height, width).

    Returns
    -------
    torch.Tensor
        float32 (images, height, width) on the CPU.

    Raises
    ------
    StudyError
        If the layer has no such unit, or no space.
    """
    found: list[torch.Tensor] = []
    units = [unit] * len(batch) if isinstance(unit, int) else list(unit)

    def watch(output: Any) -> None:
        if not isinstance(output, torch.Tensor) or output.ndim != 4:
            raise StudyError(f"{network.name}: {layer}: expected a layer with space, found none")
        if not all(0 <= index < output.shape[1] for index in units):
            raise StudyError(
                f"{network.name}: {layer}: expected units from 0 to {output.shape[1] - 1}, "
                f"found {min(units)} to {max(units)}"
            )
        found.append(output[range(len(units)), units].float().cpu())

    module = network.module
    with _watched(module, [(canonical_layer(module, layer), watch)]):
        _run(module, batch)
    return found[0]


@contextmanager
def _watched(module: nn.Module, watchers: Sequence[tuple[str, Watcher]]) -> Iterator[None]:
    """Show layers' outputs to functions, in eval mode; leave the network as it was."""
    modes = {part: part.training for part in module.modules()}
    handles = []
    try:
        module.eval()
        for layer, watcher in watchers:
            handles.append(module.get_submodule(layer).register_forward_hook(_hook(watcher)))
        yield
    finally:
        for handle in handles:
            handle.remove()
        for part, training in modes.items():
            part.training = training


def _hook(watcher: Watcher) -> Callable[[nn.Module, Any, Any], None]:
    return lambda _module, _inputs, output: watcher(output)


def _run(module: nn.Module, batch: torch.Tensor) -> None:
    try:
        with torch.inference_mode():
            module(_placed(batch, module))
    except (AssertionError, RuntimeError, ValueError) as error:  # what torch's modules raise
        raise StudyError(
            f"expected a network that runs on images of {' x '.join(map(str, batch.shape[1:]))} "
            f"numbers, found {' '.join(str(error).split())}"
        ) from error


def _placed(batch: torch.Tensor, module: nn.Module) -> torch.Tensor:
    """Return the batch where the module's weights are, in their type, channels last."""
    weight = next((w for w in module.parameters() if w.is_floating_point()), batch)
    layout = torch.channels_last if batch.ndim == 4 else torch.preserve_format
    return batch.to(device=weight.device, dtype=weight.dtype, memory_format=layout)


def _pooled(output: Any, layer: str, pool: Pool, images: int) -> torch.Tensor:
    if not isinstance(output, torch.Tensor):
        raise StudyError(
            f"{layer}: expected a layer that gives one tensor, found {type(output).__name__}"
        )
    if output.ndim not in _BY_DIMENSIONS or len(output) != images:
        raise StudyError(
            f"{layer}: expected an output ({images} images, units) or with tokens or space, found "
            f"shape {tuple(output.shape)}"
        )
    return _BY_DIMENSIONS[output.ndim](output, pool)


_BY_DIMENSIONS: Mapping[int, Callable[[torch.Tensor, Pool], torch.Tensor]] = MappingProxyType(
    {
        4: lambda output, pool: pool(output),
        3: lambda output, _: output[:, 0].clone(),
        2: lambda output, _: output.clone(),
    }
)


def _check_finite(values: torch.Tensor, layer: str, names: Sequence[str] | None) -> None:
    if not torch.isfinite(values).all():
        image, unit = (~torch.isfinite(values)).nonzero()[0].tolist()
        name = names[image] if names is not None else f"image {image} of the batch"
        raise StudyError(
            f"{layer}: expected finite activations, found {values[image, unit].item()} at unit "
            f"{unit} for {name}: the weights or the preprocessing are broken"
        )
