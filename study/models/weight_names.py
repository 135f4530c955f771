"""Names of weights: how a checkpoint spells those of a network, found by what fits."""

import re
from collections.abc import Collection, Mapping, Sequence

import torch
from torch import nn

from study.errors import StudyError

_DOTTED = re.compile(r"\b(norm|relu|conv)\.(\d)\b")
"""How the first DenseNets of torchvision were saved: ``denselayer1.norm.1`` for ``norm1``."""
_ORIGINAL, _MASK = "_orig", "_mask"


def respelt(
    state: Mapping[str, torch.Tensor],
    own: Collection[str],
    *,
    every: Collection[str] = (),
    prefix: str = "",
) -> dict[str, torch.Tensor]:
    """Return weights under a network's own names, as far as they can be told.

    Pruned weights are multiplied by their masks. Where the network's names stand behind a prefix
    ("net.", "module.encoder."), what stands behind it is taken, and the rest, such as a loss or
    another network, is left out.

    Parameters
    ----------
    state
        A checkpoint's weights, by name.
    own
        The names that the network needs.
    every
        All of its names, those that it does not need included.
    prefix
        Stated by the study; else the only one behind which all of `own` stand is found.

    Raises
    ------
    StudyError
        If nothing stands behind a stated prefix, or the network's weights are there several times.
    """
    respelling = {name: _DOTTED.sub(r"\1\2", name) for name in state}
    # By module, so that its counters follow.
    known = {*own, *every}
    parts = {_part(name) for name, new in respelling.items() if name not in known and new in known}
    state = {respelling[n] if _part(n) in parts else n: tensor for n, tensor in state.items()}
    state = _unpruned(state)
    if not prefix and all(name in state for name in own):
        return state
    fitting = [prefix] if prefix else _prefixes(state, own)
    if len(fitting) > 1:
        raise StudyError(
            f"the weights are there {len(fitting)} times, behind "
            f"{' and '.join(map(repr, fitting))}: set prefix to the one that you mean, or save it "
            "alone"
        )
    if not fitting:
        return state
    behind = {n.removeprefix(fitting[0]): t for n, t in state.items() if n.startswith(fitting[0])}
    if not behind:
        raise StudyError(
            f"prefix: no name begins with {prefix!r}; the first is {next(iter(state), '')!r}"
        )
    return behind


def _prefixes(state: Mapping[str, torch.Tensor], own: Collection[str]) -> list[str]:
    """Return what all of a network's names stand behind, perhaps several times."""
    if not own:
        return []
    first = next(iter(own))
    ends = [name.removesuffix(first) for name in state if name.endswith(f".{first}")]
    return [prefix for prefix in ends if all(prefix + name in state for name in own)]


def _part(name: str) -> str:
    return name.rpartition(".")[0]


def _unpruned(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return weights as pruning computes them: the original times its mask."""
    plain = {}
    for name, tensor in state.items():
        stem = name.removesuffix(_ORIGINAL)
        mask = state.get(stem + _MASK)
        if name.endswith(_ORIGINAL) and mask is not None and mask.shape == tensor.shape:
            plain[stem] = tensor * mask
        elif not (name.endswith(_MASK) and name.removesuffix(_MASK) + _ORIGINAL in state):
            plain[name] = tensor
    return plain


def needed(module: nn.Module, layers: Sequence[str], image: torch.Tensor) -> set[str] | None:
    """Return the names of the weights that a network uses up to some layers, heads left out.

    Parameters
    ----------
    module
        The network, in eval mode.
    layers
        Dotted names of the layers.
    image
        Any image, (1, channels, height, width).

    Returns
    -------
    set of str or None
        None if the network takes no such image or runs no such layer, so that nothing is known.
    """
    used: set[str] = set()
    run: set[str] = set()
    names = {part: name for name, part in module.named_modules()}

    def before(part: nn.Module, _: object) -> None:
        own = (name for name, _ in part.named_parameters(recurse=False))
        kept = (name for name, _ in part.named_buffers(recurse=False))
        run.update(f"{names[part]}.{name}".lstrip(".") for name in (*own, *kept))

    def after(part: nn.Module, *_: object) -> None:
        if names[part] in layers:
            used.update(run)

    handles = [part.register_forward_pre_hook(before) for part in module.modules()]
    handles += [part.register_forward_hook(after) for part in module.modules()]
    try:
        with torch.inference_mode():
            module(image)
    except Exception:  # whatever the network's code raises; running it for real says what
        return None
    finally:
        for handle in handles:
            handle.remove()
    if not used:
        return None
    # Parameters of modules that are not called, such as attention's output weights, may be used.
    called = {name.rpartition(".")[0] for name in run}
    silent = {n for n, _ in module.named_parameters() if n.rpartition(".")[0] not in called}
    tops = {name.partition(".")[0] for name in used}
    return used | {name for name in silent if name.partition(".")[0] in tops}
