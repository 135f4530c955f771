"""The models of rows `images` and `whole`, each run plainly and as `study` runs it."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from study.models.activations import Hooks
from study.models.speed import optimise, pieces
from tests.bench import inputs

Forward = Callable[[Tensor], Mapping[str, Tensor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model: from a batch to arrays by name, as published and as `study` does it."""

    name: str
    preprocessing: Any
    plain: Forward
    ours: Forward
    operations: float  # of one image, two for each multiply-add


def models(variant: str, encoder_model: str) -> list[Model]:
    """Return two ResNet18 and an encoder; `variant` is a precision, or "rounded" to bfloat16."""
    precision = "bfloat16" if variant == "bfloat16" else "float32"
    rounding = variant == "rounded"
    variants = []
    for seed in (1, 2):
        network = inputs.network(f"ResNet18 {seed}", seed=seed)
        module, layers = network.module, network.layers
        fast = rounded(module) if rounding else optimise(module, layers, precision=precision)
        variants.append(
            Model(
                name=network.name,
                preprocessing=network.preprocessing,
                plain=_hooked_plainly(module, layers),
                ours=_hooked(fast, layers),
                operations=operations(module, 224),
            )
        )
    encoder = inputs.encoder(encoder_model)
    work = operations(encoder.module.visual, image_size(encoder.module))
    if precision != "float32":
        encoder = encoder.to(device="cpu", precision=precision)
    ours = _encoded(rounded(encoder.module)) if rounding else None
    variants.append(
        Model(
            name=encoder.model_name,
            preprocessing=encoder.preprocessing,
            plain=_encoded(encoder.module),
            ours=ours or (lambda batch: {"features": encoder.encode_images(batch)}),
            operations=work,
        )
    )
    return variants


def operations(module: nn.Module, size: int) -> float:
    """Return the operations of one square image, two for each multiply-add."""
    counter = FlopCounterMode(display=False)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # the counter does not see into that path
    try:
        with counter, torch.no_grad():
            module(torch.zeros(1, 3, size, size))
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    return float(counter.get_total_flops())


def image_size(module: Any) -> int:
    """Return the side of the image that an encoder takes."""
    size = module.visual.image_size
    return int(size if isinstance(size, int) else size[0])


def _hooked(module: nn.Module, layers: tuple[str, ...]) -> Forward:
    def forward(batch: Tensor) -> Mapping[str, Tensor]:
        with Hooks(module, layers, pool="avg") as hooks:
            parts = [hooks(piece) for piece in pieces(batch, module)]
        return {layer: torch.cat([part[layer] for part in parts]) for layer in layers}

    return forward


def _hooked_plainly(module: nn.Module, layers: tuple[str, ...]) -> Forward:
    def forward(batch: Tensor) -> Mapping[str, Tensor]:
        seen: dict[str, Tensor] = {}
        handles = [
            module.get_submodule(layer).register_forward_hook(
                lambda _, __, output, layer=layer: seen.__setitem__(layer, output.mean((2, 3)))
            )
            for layer in layers
        ]
        with torch.no_grad():
            module(batch)
        for handle in handles:
            handle.remove()
        return seen

    return forward


def _encoded(module: Any) -> Forward:
    def forward(batch: Tensor) -> Mapping[str, Tensor]:
        with torch.no_grad():
            return {"features": module.encode_image(batch)}

    return forward


def rounded(module: nn.Module) -> nn.Module:
    """Return a copy whose weights and outputs are rounded to bfloat16, but computed in float32.

    It shows what bfloat16 does to numbers on processors that do not know the type.
    """
    clone = copy.deepcopy(module)
    for values in (*clone.parameters(), *clone.buffers()):
        if values.is_floating_point():
            values.copy_(_round(values))
    for part in clone.modules():
        part.register_forward_hook(lambda _, __, output: _round(output))
    clone.register_forward_pre_hook(lambda _, inputs: _round(inputs))
    return clone


def _round(values: Any) -> Any:
    if isinstance(values, torch.Tensor) and values.is_floating_point():
        return values.bfloat16().float()
    if isinstance(values, tuple):
        return tuple(_round(value) for value in values)
    return values
