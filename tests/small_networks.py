"""A small trained-looking ResNet18, and what a test of hooks or of speed asks about a network."""

from collections.abc import Sequence

import torch
from torch import nn

from study.models.activations import Hooks
from study.models.architectures import ARCHITECTURES

LAYERS = ("conv1", "layer2", "layer3[1].conv2", "layer3.1.bn2", "layer4", "fc")


def trained(seed: int = 0) -> nn.Module:
    """A small ResNet18 whose batch norms are not the identity; in eval mode."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = ARCHITECTURES["narrow_resnet18"](5)
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            for values in (part.weight.data, part.bias.data, part.running_mean, part.running_var):
                values.copy_(torch.rand(len(values), generator=generator) + 0.3)
    return net.eval()


NET = trained()


def images(count: int, *, seed: int = 0, side: int = 16) -> torch.Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def written_out(net: nn.Module, batch: torch.Tensor) -> dict[str, torch.Tensor]:
    """Every layer's output, from a forward pass in plain code."""
    seen: dict[str, torch.Tensor] = {}

    def keep(name: str, value: torch.Tensor) -> torch.Tensor:
        seen[name] = value.clone()
        return value

    with torch.no_grad():
        x = torch.relu(keep("bn1", net.bn1(keep("conv1", net.conv1(batch)))))
        for stage in ("layer1", "layer2", "layer3", "layer4"):
            for number, block in enumerate(net.get_submodule(stage)):
                name = f"{stage}.{number}"
                y = torch.relu(block.bn1(keep(f"{name}.conv1", block.conv1(x))))
                y = keep(f"{name}.bn2", block.bn2(keep(f"{name}.conv2", block.conv2(y))))
                x = torch.relu(y + (x if block.downsample is None else block.downsample(x)))
                keep(name, x)
            keep(stage, x)
        keep("fc", net.fc(x.mean((2, 3))))
    return seen


def hooked(net: nn.Module, batch: torch.Tensor, layers: Sequence[str], pool: str = "avg"):
    with Hooks(net, layers, pool=pool) as hooks:
        return hooks(batch)


def close(found: torch.Tensor, expected: torch.Tensor, within: float = 1e-5) -> bool:
    return bool((found - expected).abs().max() <= within * (expected.max() - expected.min() + 1))


def hooks_on(module: nn.Module) -> int:
    return sum(len(part._forward_hooks) for part in module.modules())


def modes(module: nn.Module) -> list[bool]:
    return [part.training for part in module.modules()]
