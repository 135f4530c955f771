"""Network architectures that the project registers beside torchvision's."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import nn
from torchvision.models.resnet import BasicBlock, ResNet

_WIDTHS = (16, 32, 64, 128)
_BLOCKS = 2


def narrow_resnet18(num_classes: int) -> ResNet:
    """Build a ResNet18 of a quarter of the width, for images of 64 x 64 pixels.

    The modules keep torchvision's names (``conv1``, ``bn1``, ``layer1`` to ``layer4``,
    ``avgpool``, ``fc``) and block type. The stem is a 5 x 5 convolution of stride 2 without max
    pooling, so that a small image still has 4 x 4 places in ``layer4``.

    Parameters
    ----------
    num_classes
        Number of outputs of ``fc``, at least 1.

    Returns
    -------
    ResNet
        Layers 1 to 4 have 16, 32, 64 and 128 units at 32 x 32, 16 x 16, 8 x 8 and 4 x 4 places;
        0.71 million parameters; weights as torchvision initialises them (He, from torch's global
        generator).
    """
    network = ResNet(BasicBlock, [_BLOCKS] * 4, num_classes=num_classes)
    network.conv1 = nn.Conv2d(3, _WIDTHS[0], kernel_size=5, stride=2, padding=2, bias=False)
    network.bn1 = nn.BatchNorm2d(_WIDTHS[0])
    network.maxpool = nn.Identity()
    before = _WIDTHS[0]
    for number, width in enumerate(_WIDTHS, start=1):
        stride = 1 if number == 1 else 2
        setattr(network, f"layer{number}", _layer(before, width, stride=stride))
        before = width
    network.fc = nn.Linear(before, num_classes)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network


def _layer(before: int, width: int, *, stride: int) -> nn.Sequential:
    """Build one stage as torchvision does: a projection where the shape changes, then blocks."""
    projection = None
    if stride != 1 or before != width:
        projection = nn.Sequential(
            nn.Conv2d(before, width, kernel_size=1, stride=stride, bias=False),
            nn.BatchNorm2d(width),
        )
    blocks = [BasicBlock(before, width, stride, projection)]
    blocks += [BasicBlock(width, width) for _ in range(1, _BLOCKS)]
    return nn.Sequential(*blocks)


ARCHITECTURES: Mapping[str, Callable[[int], nn.Module]] = MappingProxyType(
    {"narrow_resnet18": narrow_resnet18}
)
"""Name in a study file to the function that builds the network for a number of classes."""
