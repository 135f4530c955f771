"""Activations: one number per image and unit, read from a network's layers as it runs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import Any, Self, TypeAlias

import torch
from torch import nn

from study.dissection.provenance import dotted
from study.errors import StudyError
from study.models.networks import canonical_layer

Pool: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
Watcher: TypeAlias = Callable[[str, Any], None]
"""Takes a layer's name and its output."""

POOLING: Mapping[str, Pool] = MappingProxyType(
    {
        "avg": lambda output: output.mean(dim=(2, 3), dtype=torch.float32),
        "max": lambda output: output.amax(dim=(2, 3)),
    }
)
"""How each of `study.inputs.settings.POOLS` turns (images, units, height, width) into
(images, units)."""


class Hooks:
    """Run a network and return the outputs of its layers, pooled over space.

    Inside ``with`` the network is in eval mode. On leaving, also by an exception, its hooks are
    removed and every module is back in its former mode.

    Parameters
    ----------
    module
        The network, on any device, in float32 or bfloat16.
    layers
        Names of the layers, in either spelling.
    pool
        ``"avg"`` or ``"max"``, for outputs (images, units, height, width). Of an output (images,
        tokens, width) the first token is taken; an output (images, units) is taken as it is.
        Layers that return (images, height, width, units), as Swin's stages do, are pooled wrongly:
        `count_units` refuses them.

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
        if pool not in POOLING:
            raise StudyError(f"pool: expected one of {', '.join(POOLING)}, found {pool!r}")
        for layer in layers:
            canonical_layer(module, layer)
        self._module, self._pool = module, POOLING[pool]
        self._layers = tuple(dict.fromkeys(layers))
        self._pooled: dict[str, torch.Tensor] = {}
        self._images: int | None = None  # None while no forward pass of this object is running.
        self._hooks: ExitStack | None = None  # None outside `with`.

    def __enter__(self) -> Self:
        self._hooks = ExitStack()
        self._hooks.enter_context(watched(self._module, self._layers, self._watch))
        return self

    def __exit__(self, *_: object) -> None:
        if self._hooks is not None:
            self._hooks.close()
            self._hooks = None

    def __call__(
        self, batch: torch.Tensor, *, names: Sequence[str] | None = None
    ) -> dict[str, torch.Tensor]:
        """Return the pooled activations of a batch.

        Parameters
        ----------
        batch
            Tensor (images, 3, height, width) on any device.
        names
            The images' names for errors; without them errors state positions in the batch.

        Returns
        -------
        dict
            Layer, spelt as given, to a float32 tensor (images, units) on the CPU.

        Raises
        ------
        StudyError
            Outside ``with``; if a layer runs twice or never, or returns something that cannot be
            pooled; if an activation is NaN or infinite; if the network rejects the batch.
        """
        if self._hooks is None:
            raise StudyError("hooks work only inside `with`")
        self._images, self._pooled = len(batch), {}
        try:
            _run(self._module, batch)
        finally:
            self._images = None
        for layer in self._layers:
            if layer not in self._pooled:
                raise StudyError(f"{layer}: the network does not run this layer")
        pooled = {layer: self._pooled.pop(layer).float().cpu() for layer in self._layers}
        for layer, values in pooled.items():
            _check_finite(values, layer, names)
        return pooled

    def _watch(self, layer: str, output: Any) -> None:
        if self._images is None:  # Other code runs the network.
            return
        if layer in self._pooled:
            raise StudyError(f"{layer}: the network runs this layer twice; expected once")
        # Pooled, and so copied, at once: a later in-place ReLU changes the output itself.
        self._pooled[layer] = _pooled(output, layer, self._pool, self._images)


def count_units(
    module: nn.Module, layers: Sequence[str], image: torch.Tensor, *, name: str
) -> dict[str, int]:
    """Return the number of units of each layer; refuse maps whose last axis is units, as Swin's.

    The shape alone does not reveal such maps, but a taller image does: only spatial axes grow with
    it. A network that takes images of a single size is not checked.

    Parameters
    ----------
    module
        The network.
    layers
        Names of the layers, in either spelling.
    image
        Tensor (1, 3, height, width).
    name
        The image's name, for errors.

    Raises
    ------
    StudyError
        Naming the first layer with its units last; and as `Hooks`.
    """
    hooks = Hooks(module, layers)
    shapes = _shapes(module, layers, image)
    taller = _shapes(module, layers, torch.cat([image, image], dim=2))
    for layer, shape in shapes.items():
        if len(shape) == 4 and taller.get(layer, shape)[1] != shape[1]:
            raise StudyError(
                f"{layer}: expected an output (images, units, height, width), but the units are "
                f"last in {shape}: dissect a layer after the network has permuted them"
            )
    with hooks:
        return {layer: values.shape[1] for layer, values in hooks(image, names=[name]).items()}


def _shapes(
    module: nn.Module, layers: Sequence[str], image: torch.Tensor
) -> dict[str, tuple[int, ...]]:
    """Return the shapes of layers' outputs; none if the network rejects the image."""
    shapes: dict[str, tuple[int, ...]] = {}

    def watch(layer: str, output: Any) -> None:
        if isinstance(output, torch.Tensor):
            shapes[layer] = tuple(output.shape)

    try:
        with watched(module, layers, watch):
            _run(module, image)
    except StudyError:
        return {}
    return shapes


@contextmanager
def watched(module: nn.Module, layers: Iterable[str], watch: Watcher) -> Iterator[None]:
    """Pass the output of each layer that runs to a function, in eval mode; restore the network."""
    modes = {part: part.training for part in module.modules()}
    handles = []
    try:
        module.eval()
        for layer in layers:
            part = module.get_submodule(dotted(layer))
            handles.append(part.register_forward_hook(_hook(watch, layer)))
        yield
    finally:
        for handle in handles:
            handle.remove()
        for part, training in modes.items():
            part.training = training


def _hook(watch: Watcher, layer: str) -> Callable[[nn.Module, Any, Any], None]:
    return lambda _module, _inputs, output: watch(layer, output)


def _run(module: nn.Module, batch: torch.Tensor) -> None:
    try:
        with torch.inference_mode():
            module(_placed(batch, module))
    except (AssertionError, RuntimeError, ValueError) as error:  # What torch's modules raise.
        raise StudyError(
            f"the network rejects images of shape {tuple(batch.shape[1:])}: "
            f"{' '.join(str(error).split())}"
        ) from error


def _placed(batch: torch.Tensor, module: nn.Module) -> torch.Tensor:
    """Return the batch on the device and in the type of the module's weights, channels last."""
    weight = next((w for w in module.parameters() if w.is_floating_point()), batch)
    layout = torch.channels_last if batch.ndim == 4 else torch.preserve_format
    return batch.to(device=weight.device, dtype=weight.dtype, memory_format=layout)


def _pooled(output: Any, layer: str, pool: Pool, images: int) -> torch.Tensor:
    if not isinstance(output, torch.Tensor):
        raise StudyError(f"{layer}: expected one tensor as output, found {type(output).__name__}")
    if output.ndim not in (2, 3, 4) or len(output) != images:
        raise StudyError(
            f"{layer}: expected an output ({images} images, units), (images, tokens, width) or "
            f"(images, units, height, width), found shape {tuple(output.shape)}"
        )
    if output.ndim == 4:
        return pool(output)
    return (output[:, 0] if output.ndim == 3 else output).clone()


def _check_finite(values: torch.Tensor, layer: str, names: Sequence[str] | None) -> None:
    if not torch.isfinite(values).all():
        image, unit = (~torch.isfinite(values)).nonzero()[0].tolist()
        name = names[image] if names is not None else f"image {image} of the batch"
        raise StudyError(
            f"{layer}: expected finite activations, found {values[image, unit].item()} at unit "
            f"{unit} for {name}: the weights or the preprocessing are broken"
        )
