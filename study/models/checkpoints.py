"""Checkpoints: files of weights, read without executing any code that they contain."""

import hashlib
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import nn

from study.errors import StudyError

WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "module")
"""Keys under which training scripts save the weights along with other things."""

_DEPTH = 3
_PREFIXES = ("module.", "_orig_mod.", "model.")
"""Prefixes of all names: by ``DataParallel``, ``torch.compile`` and training frameworks."""
_COUNTER = "n_averaged"
"""The counter that ``AveragedModel`` saves with its weights."""
_OTHER_ARCHITECTURE = "set the architecture that the file was made for"
_PICKLE = b"\x80"
_ZIP = b"PK\x03\x04"


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
        with path.open("rb") as file:
            head = file.read(9)
    except OSError as error:
        raise StudyError(f"cannot read the weights {path}: {error.strerror}") from None
    if head[8:9] == b"{":
        return _tidy(_read_safetensors(path), path)
    if head.startswith(_ZIP) or head.startswith(_PICKLE):
        return _tidy(_read_torch(path), path)
    raise StudyError(
        f"{path.name}: not a file of weights: expected a torch checkpoint or safetensors"
    )


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


def fill(module: nn.Module, path: Path, *, architecture: str, classes: int) -> None:
    """Load every weight of a classifier, of an architecture and number of classes, from a file.

    Raises
    ------
    StudyError
        If the file cannot be read, or lacks weights, has others or has them in other shapes: with
        what to set in the study.
    """
    state, own = read_state_dict(path), module.state_dict()
    # Older checkpoints lack these counters, which only training uses.
    missing = [key for key in own if key not in state and not key.endswith("num_batches_tracked")]
    unexpected = [key for key in state if key not in own]
    if missing or unexpected:
        examples = [f"no {key}" for key in missing[:3]] + unexpected[:3]
        raise StudyError(
            f"{path.name}: the weights do not fit {architecture}: found {', '.join(examples)} "
            f"({len(missing)} missing, {len(unexpected)} unknown): {_OTHER_ARCHITECTURE}"
        )
    differing = [key for key in state if state[key].shape != own[key].shape]
    if differing:
        key = differing[0]
        raise StudyError(
            f"{path.name}: expected {key} of shape {tuple(own[key].shape)}, found "
            f"{tuple(state[key].shape)}: {_remedy(state, own, differing, classes)}"
        )
    module.load_state_dict(state, strict=False)


def _remedy(
    state: Mapping[str, Any], own: Mapping[str, Any], differing: list[str], classes: int
) -> str:
    """Return what to set: the number of classes if it alone differs, else the architecture."""
    stated = {state[key].shape[0] for key in differing if state[key].ndim}
    if len(stated) == 1 and all(own[key].shape[:1] == (classes,) for key in differing):
        return f"set classes = {stated.pop()}"
    return _OTHER_ARCHITECTURE


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        state: dict[str, torch.Tensor] = safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError, KeyError, ValueError) as error:
        raise StudyError(f"{path.name}: the safetensors file is damaged ({_line(error)})") from None
    return state


def _read_torch(path: Path) -> Any:
    try:
        program = zipfile.is_zipfile(path) and _is_torchscript(path)
        content = None if program else torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise StudyError(
            f"{path.name}: contains objects that only executing code could load: if you trust the "
            "file, load it yourself and save its state_dict() with torch.save"
        ) from None
    except Exception as error:  # damaged bytes surface as nearly any exception
        raise StudyError(f"{path.name}: the torch checkpoint is damaged ({_line(error)})") from None
    if program:
        raise StudyError(
            f"{path.name}: a TorchScript archive is a program, not weights: if you trust it, load "
            "it yourself and save its state_dict() with torch.save"
        )
    return content


def _is_torchscript(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(name.rpartition("/")[2] == "constants.pkl" for name in archive.namelist())


def _tidy(content: Any, path: Path) -> dict[str, torch.Tensor]:
    for _ in range(_DEPTH):
        content = _wrapped(content) or content
    if not isinstance(content, Mapping) or not content:
        raise StudyError(
            f"{path.name}: expected tensors by name, found {type(content).__name__}: "
            "save a network's state_dict()"
        )
    for key, value in content.items():
        if not isinstance(key, str) or not isinstance(value, torch.Tensor):
            raise StudyError(
                f"{path.name}: expected tensors by name, found {type(value).__name__} under "
                f"{key!r}: keep the weights under one of {', '.join(WRAPPERS)}"
            )
    state = {key: _promoted(value) for key, value in content.items() if key != _COUNTER}
    while prefix := _shared_prefix(state):
        state = {key.removeprefix(prefix): value for key, value in state.items()}
    return state


def _shared_prefix(state: Mapping[str, Any]) -> str | None:
    """Return the prefix in `_PREFIXES` that every name has, if any."""
    shared = (p for p in _PREFIXES if state and all(key.startswith(p) for key in state))
    return next(shared, None)


def _wrapped(content: Any) -> Mapping[str, Any] | None:
    """Return the mapping under the first of `WRAPPERS` that has one, if any."""
    if not isinstance(content, Mapping):
        return None
    inner = (content.get(wrapper) for wrapper in WRAPPERS)
    return next((value for value in inner if isinstance(value, Mapping)), None)


def _promoted(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
