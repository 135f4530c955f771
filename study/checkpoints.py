"""Checkpoints: files of weights, read without running anything that they hold."""

import hashlib
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from study.errors import StudyError

WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "module")
"""Keys under which training scripts keep the weights beside other things."""

_DEPTH = 3
_PREFIXES = ("module.", "_orig_mod.", "model.")
"""Before all names: of ``DataParallel``, ``torch.compile`` and a training framework's wrapper."""
_COUNTER = "n_averaged"
"""What ``AveragedModel`` keeps beside its weights."""
_PICKLE = b"\x80"
_ZIP = b"PK\x03\x04"


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read the weights in a file of any common layout, recognised by content.

    Torch checkpoints (zip or the older pickle layout, read with ``weights_only=True``) and
    safetensors; weights wrapped under one of `WRAPPERS`; names with what ``DataParallel``,
    ``torch.compile`` and training frameworks put in front of all of them.

    Parameters
    ----------
    path
        The file; its ending says nothing.

    Returns
    -------
    dict
        Name to tensor on the CPU; half precision is promoted to float32.

    Raises
    ------
    StudyError
        If the file is of another layout, damaged, a TorchScript archive, or holds anything that
        could only be loaded by running code.
    """
    try:
        with path.open("rb") as file:
            head = file.read(9)
    except OSError as error:
        raise StudyError(f"{path}: expected a file of weights, found {error.strerror}") from None
    if head[8:9] == b"{":
        return _tidy(_read_safetensors(path), path)
    if head.startswith(_ZIP) or head.startswith(_PICKLE):
        return _tidy(_read_torch(path), path)
    raise StudyError(
        f"{path.name}: expected weights in a torch checkpoint or in safetensors, found another "
        "kind of file"
    )


def digest(state: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 of weights, whatever file they came in.

    Over the raw little-endian bytes of every floating-point entry, keys in sorted order; counters
    such as ``num_batches_tracked`` are left out.
    """
    total = hashlib.sha256()
    for key in sorted(state):
        tensor = state[key]
        if tensor.is_floating_point():
            array = tensor.detach().cpu().contiguous().numpy()
            total.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return total.hexdigest()


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        state: dict[str, torch.Tensor] = safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError, KeyError, ValueError) as error:
        raise StudyError(
            f"{path.name}: expected safetensors, found a damaged file ({_line(error)})"
        ) from None
    return state


def _read_torch(path: Path) -> Any:
    try:
        program = zipfile.is_zipfile(path) and _is_torchscript(path)
        content = None if program else torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise StudyError(
            f"{path.name}: expected tensors alone, found objects that only running code could "
            "load: where you trust the file, save its state_dict() with torch.save"
        ) from None
    except Exception as error:  # damaged bytes surface as nearly any exception
        raise StudyError(
            f"{path.name}: expected a torch checkpoint, found a damaged file ({_line(error)})"
        ) from None
    if program:
        raise StudyError(
            f"{path.name}: expected weights, found a TorchScript archive, which is a program: load "
            "it where you trust it and save its state_dict() with torch.save"
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
    """Return the one of `_PREFIXES` that stands before every name, if one does."""
    shared = (p for p in _PREFIXES if state and all(key.startswith(p) for key in state))
    return next(shared, None)


def _wrapped(content: Any) -> Mapping[str, Any] | None:
    """Return the mapping that lies under the first of `WRAPPERS`, if one does."""
    if not isinstance(content, Mapping):
        return None
    inner = (content.get(wrapper) for wrapper in WRAPPERS)
    return next((value for value in inner if isinstance(value, Mapping)), None)


def _promoted(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
