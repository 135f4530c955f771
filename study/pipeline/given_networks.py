"""Given networks: modules in memory and recorded activations, made ready to be dissected."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from study.errors import StudyError
from study.files.documents import sha256_bytes
from study.inputs.recorded import Recorded, read_recorded, single
from study.models.networks import Network
from study.models.preparation import Preparation, preparation_of
from study.models.preprocessing import Preprocessing
from study.models.sources import timm_preprocessing


def is_recorded(model: Mapping[Any, Any]) -> bool:
    """Whether a dictionary holds the activations of one network, by layer."""
    return bool(model) and all(isinstance(value, np.ndarray) for value in model.values())


def network_of(
    model: Any,
    name: str,
    layers: Sequence[str] | None,
    *,
    probe: Any,
    preprocessing: Any,
    class_names: Sequence[str],
    class_layer: str | None,
) -> Network:
    """Return what is to be dissected, whatever it was given as.

    Parameters
    ----------
    model
        A module, a `Network`, or recorded activations: an array, arrays by layer, or a file.
    name, layers, preprocessing, class_names, class_layer
        As for `study.dissect`.
    probe
        Its names and number are those of the recorded rows.

    Raises
    ------
    StudyError
        If it is nothing of these, or lacks what is needed.
    """
    if isinstance(model, Network):
        return Network.of(
            model.module,
            name=name if name != "Mine" else model.name,
            layers=layers or model.dissected,
            preprocessing=model.preprocessing
            if preprocessing is None
            else preparation_of(preprocessing),
            class_names=class_names or model.class_names,
            class_layer=class_layer or model.class_layer,
            architecture=model.architecture,
            weights=model.weights,
            notes=model.notes,
        )
    model = getattr(model, "_orig_mod", model)  # of torch.compile
    if isinstance(model, torch.jit.ScriptModule):
        raise StudyError(f"{name}: a TorchScript module cannot be copied: give the Python module")
    if isinstance(model, nn.Module):
        if not layers:
            named = [layer for layer, _ in model.named_children()]
            raise StudyError(f"{name}: name the layers to dissect, such as {', '.join(named[-3:])}")
        prepared, notes = _prepared(preprocessing, model, name)
        return Network.of(
            model,
            name=name,
            layers=layers,
            preprocessing=prepared,
            class_names=class_names,
            class_layer=class_layer,
            notes=notes,
        )
    return Network.of_recorded(_recorded(model, name, layers, probe), name=name, preprocessing=None)


def _prepared(
    given: Any, model: nn.Module, name: str
) -> tuple[Preprocessing | Preparation, tuple[str, ...]]:
    """Return a module's preprocessing, and what to say of it where none was given."""
    if given is not None:
        return preparation_of(given), ()
    if getattr(model, "pretrained_cfg", None):
        return timm_preprocessing(model, name=name), ()
    return Preprocessing(), ("no preprocessing was given: images are prepared as for ImageNet",)


def _recorded(model: Any, name: str, layers: Sequence[str] | None, probe: Any) -> Recorded:
    if isinstance(model, str | Path):
        if not Path(model).suffix:
            raise StudyError(
                f"{name}: expected a module or a file of activations, found {str(model)!r}: a "
                f"network by name is loaded with load_network({str(model)!r}, layers=…, weights=…)"
            )
        return read_recorded(Path(model), tuple(layers or ("recorded",)), names=probe.names)
    if not isinstance(model, np.ndarray | torch.Tensor | Mapping):
        raise StudyError(
            f"{name}: expected a torch module, recorded activations (an array or a file), or a "
            f"dictionary of several, found {type(model).__name__}"
        )
    arrays = model if isinstance(model, Mapping) else {(layers or ("recorded",))[0]: model}
    ordered = {}
    for layer, values in arrays.items():
        array = _array(values)
        if array.dtype.kind not in "fiub" or array.ndim != 2 or len(array) != len(probe):
            raise StudyError(
                f"{name}: {layer}: expected a module, or activations of shape ({len(probe)} images,"
                f" units), found {type(values).__name__} of shape {array.shape}"
            )
        ordered[str(layer)] = single(array, f"{name}: {layer}", names=probe.names).copy()
    return Recorded(ordered, sha256_bytes(b"".join(map(np.ndarray.tobytes, ordered.values()))))


def _array(values: Any) -> np.ndarray[Any, Any]:
    """Return what was given as an array; a mask is kept, for it to be seen."""
    if not isinstance(values, torch.Tensor):
        return np.asanyarray(values)
    if values.layout != torch.strided or values.is_quantized or values.is_meta:
        raise StudyError("expected activations in a dense tensor, found another kind: convert it")
    values = values.detach().cpu()
    return np.asarray(values.float() if values.dtype == torch.bfloat16 else values)
