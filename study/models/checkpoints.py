"""Checkpoints: files of weights, read without executing any code that they contain."""

import argparse
import hashlib
import pickle
import re
import stat
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PosixPath, PurePosixPath
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import nn

from study.errors import StudyError
from study.files.documents import is_text
from study.models.archives import check_archive, check_kind
from study.models.tensors import is_whole, single, unusable
from study.models.weight_names import respelt

WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "module")
"""Keys under which training scripts save the weights along with other things."""

_DEPTH = 3
_PREFIXES = ("module.", "_orig_mod.", "model.")
"""Prefixes of all names: by ``DataParallel``, ``torch.compile`` and training frameworks."""
_COUNTER = "n_averaged"
"""The counter that ``AveragedModel`` saves with its weights."""
MAX_HEADER = 16 << 20
"""The most bytes of a safetensors header; that of a network of 10,000 tensors is 1 MB."""


def _without_default(*_: object) -> OrderedDict[Any, Any]:
    """Return what torch fills in place of a dictionary with default values."""
    return OrderedDict()


_SCALAR: Any = np.float64(0).__reduce__()[0]  # makes numpy's numbers, which it does not export
_HARMLESS: list[Any] = [
    argparse.Namespace,
    (_without_default, "collections.defaultdict"),
    dict,
    PosixPath,
    PurePosixPath,
    np.dtype,
    *(type(np.dtype(letter)) for letter in "?bBhHiIlLqQefd"),
    *((_SCALAR, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
]
"""Classes that training scripts save beside weights and that only hold values."""


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read the weights in a file of any common layout, recognised by content.

    Torch checkpoints (zip or the older pickle layout, read with ``weights_only=True``) and
    safetensors; weights nested under one of `WRAPPERS`; names with the prefixes of
    ``DataParallel``, ``torch.compile`` and training frameworks.

    Parameters
    ----------
    path
        The file; its extension does not matter.

    Returns
    -------
    dict
        Name to tensor on the CPU; half precision is promoted to float32.

    Raises
    ------
    StudyError
        If the file has another layout, is damaged or a TorchScript archive, or contains anything
        that only executing code could load.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StudyError(f"cannot read the weights {path.name}: not a file")
        with path.open("rb") as file:
            head = file.read(9)
    except OSError as error:
        raise StudyError(f"cannot read the weights {path}: {error.strerror}") from None
    resave = "if you trust it, load it yourself and save its state_dict() with torch.save"
    try:
        if head[8:9] == b"{":
            if int.from_bytes(head[:8], "little") > MAX_HEADER:
                raise StudyError(f"a header of more than {MAX_HEADER >> 20} MB is no safetensors")
            return _tidy(safetensors.torch.load_file(path))
        check_kind(head)
        if zipfile.is_zipfile(path):
            check_archive(path, resave)
        with (
            warnings.catch_warnings(action="ignore"),  # what torch thinks of odd tensors
            torch.serialization.safe_globals(_HARMLESS),
        ):
            content = torch.load(path, map_location="cpu", weights_only=True)
        return _tidy(content)
    except StudyError as error:
        raise StudyError(f"{path.name}: {error}") from None
    except pickle.UnpicklingError as error:
        found = re.search(r"GLOBAL ([\w.]+)", str(error))
        named = f" ({found[1]})" if found else ""
        raise StudyError(
            f"{path.name}: contains objects that only executing code could load{named}: {resave}"
        ) from None
    except Exception as error:  # damaged bytes surface as nearly any exception
        raise StudyError(f"{path.name}: the file is damaged ({one_line(error)})") from None


def digest(state: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 of weights, independent of the file format.

    It covers the raw little-endian bytes of every floating-point entry, keys in sorted order, and
    no counters such as ``num_batches_tracked``.
    """
    total = hashlib.sha256()
    for key in sorted(state):
        tensor = state[key]
        if tensor.is_floating_point():
            array = tensor.detach().cpu().contiguous().numpy()
            total.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return total.hexdigest()


def fill(
    module: nn.Module,
    state: Mapping[str, torch.Tensor],
    *,
    file: str,
    model: str,
    classes: int | None = None,
    prefix: str = "",
    needed: Collection[str] | None = None,
) -> tuple[str, ...]:
    """Load weights into a module; every entry that is needed must be there and fit.

    Parameters
    ----------
    module
        The module to fill.
    state
        The weights, as `read_state_dict` returns them.
    file, model
        Names of the file and of the model, for errors.
    classes
        Number of classes of a classifier.
    prefix
        What stands before the names, if the study states it.
    needed
        Names of the entries that are used; all by default. Others, such as a head above the
        dissected layers, may be missing, and are then 0.

    Returns
    -------
    tuple of str
        What was left out or left at 0, in words.

    Raises
    ------
    StudyError
        If entries are missing, unknown or of another shape, with what to set in the study.
    """
    own = module.state_dict()
    # Older checkpoints lack these counters, which only training uses.
    used = [key for key in own if not key.endswith("num_batches_tracked")]
    asked = [key for key in used if needed is None or key in needed]
    try:
        state = respelt(state, asked, every=own, prefix=prefix)
    except StudyError as error:
        raise StudyError(f"{file}: {error}") from None
    missing = [key for key in asked if key not in state]
    # What a part of another name holds is not the network's; what one of its own parts holds
    # besides its weights shows that the file is of another network.
    parts = {key.partition(".")[0] for key in own}
    unknown = [key for key in state if key not in own and key.partition(".")[0] in parts]
    differing = [key for key in used if key in state and state[key].shape != own[key].shape]
    replaced = [key for key in differing if key not in asked]
    differing = [key for key in differing if key in asked]
    whole = [key for key in asked if key in state and is_whole(state[key], own[key])]
    if whole:
        raise StudyError(
            f"{file}: expected the floating-point weights of {model}, found {whole[0]} of type "
            f"{state[whole[0]].dtype} ({len(whole)} such entries): take weights that are not "
            "quantised"
        )
    problems = [f"no {key}" for key in missing[:3]] + [f"unknown {key}" for key in unknown[:3]]
    for key in differing[:3]:
        problems.append(f"{key} of shape {tuple(state[key].shape)} for {tuple(own[key].shape)}")
    if problems:
        remedy = "name the model that the file was made for"
        stated = {state[key].shape[0] for key in differing if state[key].ndim}
        resized = all(own[key].shape[:1] == (classes,) for key in differing)
        if resized and len(stated) == 1 and not missing and not unknown:
            remedy = f"set classes = {stated.pop()}"
        count = len(missing) + len(unknown) + len(differing)
        raise StudyError(
            f"{file}: expected the weights of {model}, found {', '.join(problems)} "
            f"({count} entries do not fit): {remedy}"
        )
    absent = [key for key in used if key not in state or key in replaced]
    loaded = OrderedDict((key, state[key]) for key in own if key in state and key not in replaced)
    # Some modules ask which of their versions was saved: the one whose shapes these are.
    loaded._metadata = own._metadata  # type: ignore[attr-defined]
    module.load_state_dict(loaded, strict=False)
    for key in absent:
        own[key].zero_()  # it shares its memory with the module
    surplus = {key.partition(".")[0] for key in state if key not in own}
    notes = [(absent, "left at 0, which the dissected layers do not need")] if absent else []
    notes += [(sorted(surplus), "left out, which the network does not have")] if surplus else []
    return tuple(f"{file}: {', '.join(names[:4])} {what}" for names, what in notes)


def one_line(error: Exception) -> str:
    """Return an error's type and text, shortened, in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:160]


def _tidy(content: Any) -> dict[str, torch.Tensor]:
    for _ in range(_DEPTH):
        inner = _wrapped(content)
        if any(not _equal(inner[0], other) for other in inner[1:]):
            break  # several networks, of which the study names one by its prefix
        content = next(iter(inner), content)
    if not isinstance(content, Mapping) or not content:
        raise StudyError(
            f"expected tensors by name, found {type(content).__name__}: "
            "save a network's state_dict()"
        )
    if any(isinstance(value, Mapping) for value in content.values()):
        content = dict(_flat(content, ""))
        if not content:
            raise StudyError("expected tensors by name, found none: save a network's state_dict()")
    for key, value in content.items():
        if not isinstance(key, str) or not is_text(key) or not isinstance(value, torch.Tensor):
            raise StudyError(
                f"expected tensors by name, found {type(value).__name__} under "
                f"{key!r}: keep the weights under one of {', '.join(WRAPPERS)}"
            )
        if reason := unusable(value):
            raise StudyError(f"{key}: expected plain numbers, found {reason}")
    state = {key: content[key] for key in content if key != _COUNTER}
    while prefix := _shared_prefix(state):
        state = {key.removeprefix(prefix): tensor for key, tensor in state.items()}
    return {key: single(key, t) if t.is_floating_point() else t for key, t in state.items()}


def _wrapped(content: Any) -> list[Mapping[Any, Any]]:
    """Return what stands under `WRAPPERS`: if there are several, those that hold tensors."""
    found = [content.get(key) for key in WRAPPERS] if isinstance(content, Mapping) else []
    inner: list[Mapping[Any, Any]] = [v for v in found if isinstance(v, Mapping) and v]
    return inner if len(inner) < 2 else [v for v in inner if any(_flat(v, ""))] or inner[:1]


def _flat(content: Mapping[Any, Any], before: str) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors of several networks in one file, each name after that of its network."""
    for key, value in content.items():
        if isinstance(value, torch.Tensor):
            yield f"{before}{key}", value
        elif isinstance(value, Mapping) and before.count(".") < _DEPTH:
            yield from _flat(value, f"{before}{key}.")


def _equal(some: Mapping[Any, Any], others: Mapping[Any, Any]) -> bool:
    """Whether two dictionaries hold the same tensors."""
    a, b = dict(_flat(some, "")), dict(_flat(others, ""))
    plain = not any(map(unusable, [*a.values(), *b.values()]))
    return plain and a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def _shared_prefix(names: Collection[str]) -> str | None:
    shared = (p for p in _PREFIXES if names and all(name.startswith(p) for name in names))
    return next(shared, None)
