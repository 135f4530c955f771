"""Checks of a model's configuration, made before anything is built from it."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import open_clip

from study.errors import StudyError

_SIZES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "vision_cfg": ("width", "head_width"),
        "text_cfg": ("width", "heads", "layers", "context_length", "vocab_size"),
    }
)


def table(value: Any, name: str) -> dict[str, Any]:
    """Return a value that must be a JSON object; `StudyError` for anything else."""
    if not isinstance(value, dict):
        raise StudyError(
            f"{name}: expected a table in braces, found {json.dumps(value)[:60]}: supply the "
            "configuration that belongs to the weights"
        )
    return value


def check_sizes(config: Mapping[str, Any], *, owner: str) -> None:
    """Refuse sizes that open_clip would divide by zero or with a remainder."""
    for part, keys in _SIZES.items():
        sizes = table(config.get(part), f"{owner}: {part}")
        for key in keys:
            if key in sizes and not (type(sizes[key]) is int and sizes[key] > 0):
                raise StudyError(
                    f"{owner}: {part}: {key}: expected a whole number from 1, found "
                    f"{sizes[key]!r}: set the size that the weights have"
                )
    text = config["text_cfg"]
    width = text.get("width", open_clip.CLIPTextCfg.width)
    heads = text.get("heads", open_clip.CLIPTextCfg.heads)
    if width % heads:
        raise StudyError(
            f"{owner}: text_cfg: heads: expected a divisor of width {width}, found {heads}: set "
            "what the weights have"
        )
