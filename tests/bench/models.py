"""The models of row `images`, each run plainly and as `study` runs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from study.models.activations import Hooks
from study.models.pieces import pieces
from study.models.speed import optimise
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


def models(precision: str, encoder_model: str) -> list[Model]:
    """Return two ResNet18 and an encoder; the encoder's plain path has the precision too."""
    networks = []
    for seed in (1, 2):
        network = inputs.network(seed)
        module, layers = network.module, network.layers
        networks.append(
            Model(
                name=network.name,
                preprocessing=network.preprocessing,
                plain=_hooked_plainly(module, layers),
                ours=_hooked(optimise(module, layers, precision=precision), layers),
                operations=_operations(module, 224),
            )
        )
    encoder = inputs.encoder(encoder_model)
    size = encoder.module.visual.image_size
    work = _operations(encoder.module.visual, size if isinstance(size, int) else size[0])
    if precision != "float32":
        encoder = encoder.to(device="cpu", precision=precision)
    image_text = Model(
        name=encoder.model_name,
        preprocessing=encoder.preprocessing,
        plain=_encoded(encoder.module.encode_image),
        ours=_encoded(encoder.encode_images),
        operations=work,
    )
    return [*networks, image_text]


def _operations(module: nn.Module, size: int) -> float:
    counter = FlopCounterMode(display=False)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # the counter does not see into that path
    try:
        with counter, torch.no_grad():
            module(torch.zeros(1, 3, size, size))
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    return float(counter.get_total_flops())


def _hooked(module: nn.Module, layers: tuple[str, ...]) -> Forward:
    def forward(batch: Tensor) -> Mapping[str, Tensor]:
        with Hooks(module, layers, pool="avg") as hooks:
            parts = [hooks(piece) for piece, _ in pieces(batch, module)]
        return {layer: torch.cat([part[layer] for part in parts]) for layer in layers}

    return forward


def _hooked_plainly(module: nn.Module, layers: tuple[str, ...]) -> Forward:
    def forward(batch: Tensor) -> Mapping[str, Tensor]:
        means: dict[str, Tensor] = {}
        handles = [
            module.get_submodule(layer).register_forward_hook(
                lambda _, __, output, layer=layer: means.__setitem__(layer, output.mean((2, 3)))
            )
            for layer in layers
        ]
        with torch.no_grad():
            module(batch)
        for handle in handles:
            handle.remove()
        return means

    return forward


def _encoded(encode: Callable[[Tensor], Tensor]) -> Forward:
    return torch.no_grad()(lambda batch: {"features": encode(batch)})
