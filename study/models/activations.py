"""Activations: one number per image and unit, read from a network's layers as it runs."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Self

import torch
from torch import nn

from study.errors import StudyError
from study.inputs.settings import TOKENS
from study.models.layouts import POOLING, Layout, Reading, find_layouts, watched
from study.models.networks import canonical_layer
from study.models.pieces import is_out_of_memory


class Hooks:
    """Run a network and return the outputs of its layers, one number per image and unit.

    Inside ``with`` the network is in eval mode. On leaving, also by an exception, its hooks are
    removed and every module is back in its former mode.

    Parameters
    ----------
    module
        The network, on any device, in float32 or bfloat16.
    layers
        Names of the layers, in either spelling, see `study.models.layouts.Reading`.
    pool
        ``"avg"`` or ``"max"``, for outputs with rows and columns, whichever axes they are.
    tokens
        For outputs (images, tokens, width): ``"class"`` takes the first token, which must be no
        patch of the image; ``"mean"`` and ``"max"`` pool the patches' tokens. An output (images,
        units) is taken as it is.
    layouts
        Each layer's layout, if known; else the first batch shows it.

    Raises
    ------
    StudyError
        If a layer, a pool or a choice of tokens is unknown.

    Examples
    --------
    >>> net = nn.Sequential(nn.Conv2d(3, 8, 1), nn.ReLU(inplace=True))
    >>> with Hooks(net, ["0"], pool="avg") as hooks:
    ...     hooks(torch.zeros(2, 3, 4, 4))["0"].shape
    torch.Size([2, 8])
    """

    def __init__(
        self,
        module: nn.Module,
        layers: Sequence[str],
        *,
        pool: str = "avg",
        tokens: str = "class",
        layouts: Mapping[str, Layout] | None = None,
    ) -> None:
        for name, value, choices in (("pool", pool, POOLING), ("tokens", tokens, TOKENS)):
            if value not in choices:
                raise StudyError(f"{name}: expected one of {', '.join(choices)}, found {value!r}")
        for layer in layers:
            canonical_layer(module, layer)
        self._module, self._pool, self._tokens = module, POOLING[pool], tokens
        self._layers = tuple(dict.fromkeys(layers))
        self._layouts = layouts
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
            Tensor (images, channels, height, width) on any device.
        names
            The images' names for errors; without them errors state positions in the batch.

        Returns
        -------
        dict
            Layer, spelt as given, to a float32 tensor (images, units) on the CPU.

        Raises
        ------
        StudyError
            Outside ``with``; if a layer runs more than once and its name says not which run, or
            never; if it returns something that cannot be pooled; if an activation is NaN or
            infinite; if the network rejects the batch.
        torch.OutOfMemoryError
            If the device's memory is too small for the batch.
        """
        if self._hooks is None:
            raise StudyError("hooks work only inside `with`")
        if self._layouts is None:
            self._layouts = layouts_of(self._module, self._layers, batch, tokens=self._tokens)
        self._images, self._pooled = len(batch), {}
        try:
            _run(self._module, batch)
        finally:
            self._images = None
        for layer in self._layers:
            if layer not in self._pooled:
                raise StudyError(f"{layer}: the network does not run this layer{_times(layer)}")
        pooled = {layer: self._pooled.pop(layer).float().cpu() for layer in self._layers}
        for layer, values in pooled.items():
            _check_finite(values, layer, names)
        return pooled

    def _watch(self, layer: str, output: Any) -> None:
        if self._images is None or self._layouts is None:  # Other code runs the network.
            return
        if layer in self._pooled:
            raise StudyError(
                f"{layer}: the network runs this layer more than once: name one of its runs, "
                f"counted from 0, such as {layer}#0"
            )
        tensor = Reading.of(layer).tensor(output, layer)
        layout = self._layouts[layer]
        if tensor.ndim != layout.axes or len(tensor) != self._images:
            raise StudyError(
                f"{layer}: expected an output of {self._images} images and {layout.axes} axes, "
                f"found shape {tuple(tensor.shape)}"
            )
        # Pooled, and so copied, at once: a later in-place ReLU changes the output itself.
        self._pooled[layer] = layout.pooled(tensor, self._pool, self._tokens)


def layouts_of(
    module: nn.Module, layers: Sequence[str], images: torch.Tensor, *, tokens: str = "class"
) -> dict[str, Layout]:
    """Return the layout of each layer's output, found by running the network once.

    Parameters
    ----------
    module
        The network.
    layers
        Names of the layers, in either spelling.
    images
        Tensor (images, channels, height, width); one is enough.
    tokens
        One of `study.inputs.settings.TOKENS`.

    Raises
    ------
    StudyError
        If a layer is unknown; if the network rejects the image or does not run a layer; if nothing
        tells which axis of an output holds the units; if ``tokens`` is ``"class"`` and the first
        token is a patch.
    """
    for layer in layers:
        canonical_layer(module, layer)
    try:
        layouts = find_layouts(module, layers, _placed(images, module))
    except StudyError:
        raise
    except Exception as error:  # whatever the network's code raises
        if is_out_of_memory(error):
            raise
        raise _rejected(images, error) from error
    for layer in layers:
        if layer not in layouts:
            raise StudyError(f"{layer}: the network does not run this layer{_times(layer)}")
        if layouts[layer].axes == 3 and tokens == "class" and not layouts[layer].prefix:
            known = layouts[layer].prefix == 0
            found = "patches of the image alone" if known else "tokens of unknown places"
            raise StudyError(
                f'{layer}: expected a class token for tokens = "class", found {found}: set tokens '
                'to "mean" or "max" in [dissection]'
            )
    return layouts


def _times(layer: str) -> str:
    run = Reading.of(layer).run
    return "" if run is None else f" {run + 1} times"


def _run(module: nn.Module, batch: torch.Tensor) -> None:
    try:
        with torch.inference_mode():
            module(_placed(batch, module))
    except StudyError:
        raise
    except Exception as error:  # whatever the network's code raises
        if is_out_of_memory(error):
            raise
        raise _rejected(batch, error) from error


def _rejected(batch: torch.Tensor, error: Exception) -> StudyError:
    return StudyError(
        f"the network rejects images of shape {tuple(batch.shape[1:])}: "
        f"{' '.join(str(error).split()) or type(error).__name__}; if they should have another "
        "size, state its preprocessing (resize, crop)"
    )


def _placed(batch: torch.Tensor, module: nn.Module) -> torch.Tensor:
    """Return the batch on the device and in the type of the module's weights, channels last."""
    weight = next((w for w in module.parameters() if w.is_floating_point()), batch)
    layout = torch.channels_last if batch.ndim == 4 else torch.preserve_format
    return batch.to(device=weight.device, dtype=weight.dtype, memory_format=layout)


def _check_finite(values: torch.Tensor, layer: str, names: Sequence[str] | None) -> None:
    if not torch.isfinite(values).all():
        image, unit = (~torch.isfinite(values)).nonzero()[0].tolist()
        name = names[image] if names is not None else f"image {image} of the batch"
        raise StudyError(
            f"{layer}: expected finite activations, found {values[image, unit].item()} at unit "
            f"{unit} for {name}: the weights or the preprocessing are broken"
        )
