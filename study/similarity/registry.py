"""The similarity functions by their published names."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any, Protocol

import torch

from study.errors import StudyError
from study.similarity.cosine import cos_similarity, cos_similarity_cubed
from study.similarity.rank_reorder import rank_reorder
from study.similarity.wpmi import soft_wpmi, soft_wpmi_top, wpmi, wpmi_top


class SimilarityFunction(Protocol):
    """From features of images and concepts and a third array to (units, concepts)."""

    def __call__(
        self,
        image_features: torch.Tensor,
        concept_features: torch.Tensor,
        activations: torch.Tensor,
        /,
        **settings: Any,
    ) -> torch.Tensor:
        """Return float32 (units, concepts)."""


def _keywords(function: Callable[..., torch.Tensor]) -> dict[str, Any]:
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }


def _refusing_unknown(function: Callable[..., torch.Tensor]) -> SimilarityFunction:
    """Answer an unknown setting with the known ones."""
    known = _keywords(function)

    @wraps(function)
    def checked(*arrays: torch.Tensor, **settings: Any) -> torch.Tensor:
        for name in settings:
            if name not in known:
                raise StudyError(
                    f"{function.__name__}: expected settings among {', '.join(known)}, "
                    f"found {name!r}"
                )
        return function(*arrays, **settings)

    return checked


_FUNCTIONS = (soft_wpmi, wpmi, rank_reorder, cos_similarity, cos_similarity_cubed)

SIMILARITY_FUNCTIONS: Mapping[str, SimilarityFunction] = MappingProxyType(
    {function.__name__: _refusing_unknown(function) for function in _FUNCTIONS}
)
"""Name → function(image_features, concept_features, activations, **settings)."""

DEFAULTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        function.__name__: MappingProxyType(
            {name: value for name, value in _keywords(function).items() if value is not None}
        )
        for function in _FUNCTIONS
    }
)
"""Name → the published settings; what defaults to None (blocks, generators) is no setting."""

TOP_FUNCTIONS: Mapping[str, SimilarityFunction] = MappingProxyType(
    {"soft_wpmi": _refusing_unknown(soft_wpmi_top), "wpmi": _refusing_unknown(wpmi_top)}
)
"""Name → function(features of needed images, concept_features, top, **settings)."""

NEEDS_TOP_IMAGES_ONLY = frozenset(TOP_FUNCTIONS)
"""Names of the functions that look at a unit's top images alone."""
