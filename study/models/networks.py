"""Networks: the vision models to dissect, with their weights, layers and preprocessing."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from torch import nn

from study.dissection.provenance import dotted
from study.errors import StudyError
from study.inputs.recorded import Recorded
from study.inputs.settings import slugify
from study.models import checkpoints
from study.models.architectures import nearest, structure_digest
from study.models.layouts import Layout, Reading
from study.models.preparation import Preparation
from study.models.preprocessing import Preprocessing


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Network:
    """A vision network in eval mode, and what is known about it. Layers are spelt with dots."""

    name: str
    role: str  # one of `study.inputs.settings.ROLES`
    twin_of: str | None = None  # for a twin: the name of the network whose task it shares
    slug: str  # its name as a folder name
    module: nn.Module
    dissected: tuple[str, ...]  # the layers whose units are described
    class_layer: str | None  # its units are the classes of `class_names`; None without names
    class_names: tuple[str, ...]
    preprocessing: Preprocessing | Preparation
    sha256: str  # digest of the weights, see `study.models.checkpoints.digest`
    architecture: str  # what it computes: a name, or else the digest of its structure
    weights: str = "memory"  # where its weights came from, as a study file names them
    behaviour: str = ""  # digest of what it gives for fixed noise, where it was given in memory
    notes: tuple[str, ...] = ()  # what of its weights was left out, or left at 0
    units: Mapping[str, int] = field(default_factory=dict)
    """Layer to its number of units; empty until `study.pipeline.opening.ready` has run it."""
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    """Layer to how its output is laid out; filled together with `units`."""
    recorded: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    """Layer to its activations (images, units), where no network of this program computes them."""

    @classmethod
    def of(
        cls,
        module: nn.Module,
        *,
        name: str,
        layers: Sequence[str],
        role: str = "compared",
        twin_of: str | None = None,
        preprocessing: Preprocessing | Preparation | None = None,
        class_layer: str | None = None,
        class_names: Sequence[str] = (),
        architecture: str | None = None,
        weights: str = "memory",
        notes: Sequence[str] = (),
    ) -> "Network":
        """Make a network from a copy of any module.

        Parameters
        ----------
        module
            Takes images (n, 3, height, width).
        name, role, twin_of, preprocessing, class_names, notes
            As the attributes; the preprocessing defaults to ImageNet's.
        layers
            The layers to dissect, in either spelling: ``layer4[1].conv2`` or ``layer4.1.conv2``.
        class_layer
            The layer whose units are the classes, read only if `class_names` are given; the last
            linear one if left out.
        architecture
            Name of what the module computes; its structure is digested if there is none.
        weights
            Where its weights came from.

        Raises
        ------
        StudyError
            If a layer is unknown or stated twice, or the name gives no folder name.

        Examples
        --------
        >>> network = Network.of(nn.Sequential(nn.Conv2d(3, 8, 1)), name="Mine", layers=["0"])
        >>> network.slug, network.dissected
        ('mine', ('0',))
        """
        try:
            clone = copy.deepcopy(module).cpu().float().requires_grad_(False).eval()
        except Exception as error:  # whatever a part of the module raises
            raise StudyError(
                f"{name}: cannot copy the module: {checkpoints.one_line(error)}"
            ) from error
        try:
            dissected = tuple(canonical_layer(clone, layer) for layer in layers)
            known = _class_layer(clone, class_layer) if class_names else None
            if len(set(dissected)) != len(dissected) or not dissected:
                raise StudyError(f"expected each layer once, found {', '.join(layers) or 'none'}")
        except StudyError as error:
            raise StudyError(f"{name}: layers: {error}") from None
        prepared = preprocessing or Preprocessing()
        return cls(
            name=name,
            role=role,
            twin_of=twin_of,
            slug=slugify(name),
            module=clone,
            dissected=dissected,
            class_layer=known,
            class_names=tuple(class_names),
            preprocessing=prepared,
            sha256=checkpoints.digest(clone.state_dict()),
            architecture=architecture or structure_digest(clone),
            weights=weights,
            notes=(*notes, *prepared.notes),
        )

    @classmethod
    def of_recorded(
        cls,
        recorded: Recorded,
        *,
        name: str,
        role: str = "compared",
        twin_of: str | None = None,
        preprocessing: Preprocessing | Preparation | None = None,
    ) -> "Network":
        """Make a network of recorded activations: nothing is known of it but its units.

        Parameters
        ----------
        recorded
            Its activations for the images of a probe.
        name, role, twin_of, preprocessing
            As the attributes; the preprocessing only says what a card shows of a picture.
        """
        return cls(
            name=name,
            role=role,
            twin_of=twin_of,
            slug=slugify(name),
            module=nn.Identity(),
            dissected=tuple(recorded.layers),
            class_layer=None,
            class_names=(),
            preprocessing=preprocessing or Preprocessing(),
            sha256=recorded.sha256,
            architecture="recorded activations",
            notes=recorded.notes,
            units={layer: values.shape[1] for layer, values in recorded.layers.items()},
            layouts={layer: Layout() for layer in recorded.layers},
            recorded=recorded.layers,
        )

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that is read: the dissected ones, then the class layer if not among them."""
        if self.class_layer is None or self.class_layer in self.dissected:
            return self.dissected
        return (*self.dissected, self.class_layer)

    @property
    def dissected_units(self) -> int:
        """The number of units that are described; `StudyError` before they were counted."""
        if not self.units:
            raise StudyError(f"{self.name}: its units are not counted; call `opening.ready` first")
        return sum(self.units[layer] for layer in self.dissected)


def _class_layer(module: nn.Module, stated: str | None) -> str:
    layer = stated or last_linear(module)
    if layer is None:
        raise StudyError("class_layer: found no linear layer: name the layer of the classes")
    try:
        return canonical_layer(module, layer)
    except StudyError as error:
        raise StudyError(f"class_layer: {error}") from None


def canonical_layer(module: nn.Module, layer: str) -> str:
    """Return a layer's name in dotted spelling.

    Raises
    ------
    StudyError
        If the network has no such layer, with the nearest names that it has.
    """
    name = Reading.of(layer).module
    names = [name for name, _ in module.named_modules() if name]
    if name not in names:
        raise StudyError(
            f"the network has no layer {layer!r}; the nearest are {nearest(name, names)}"
        )
    return dotted(layer)


def last_linear(module: nn.Module) -> str | None:
    """Return the name of a network's last linear layer; None if it has none."""
    names = [name for name, part in module.named_modules() if isinstance(part, nn.Linear)]
    return names[-1] if names else None
