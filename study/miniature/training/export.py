"""Trained weights as small files: half precision, and the same bytes for the same numbers."""

import json
from collections.abc import Mapping

import torch
from safetensors.torch import save


def half(state: Mapping[str, torch.Tensor], *, note: Mapping[str, object] | None = None) -> bytes:
    """Return a safetensors file with its arrays in float16.

    Parameters
    ----------
    state
        A module's ``state_dict()``; whole numbers (batch counters) and single numbers (the logit
        scale) stay as they are.
    note
        What the header should say beside the tensors, under the key "study".
    """
    tensors = {
        name: (tensor.half() if tensor.is_floating_point() and tensor.ndim else tensor).contiguous()
        for name, tensor in state.items()
    }
    # One key: the order of several in the header is not the same in every process.
    metadata = {"study": json.dumps(note, sort_keys=True)} if note else None
    data: bytes = save(tensors, metadata=metadata)
    return data
