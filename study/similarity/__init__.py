"""How alike a unit and a concept are: the five functions of CLIP-Dissect, fused and blocked.

Every function takes image features (images, width), concept features (concepts, width) and
activations (images, units) and returns similarities (units, concepts) in float32. P, the cosine
of image and concept features, is computed a block of concepts at a time and never kept.

The similarity of a unit depends on more than that unit: `soft_wpmi` and `wpmi` subtract what all
units of the layer share, and a softmax over concepts depends on the whole concept set. Leaving
units or concepts out changes the other scores.

The names below are readable without torch; a function is imported when it is looked up. A further
function is one module here and one line in ``_MODULES``.

References
----------
Oikarinen and Weng, "CLIP-Dissect: Automatic Description of Neuron Representations in Deep Vision
Networks", ICLR 2023, section 3 and appendix A.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from study.errors import StudyError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFAULTS", "NEEDS_TOP_IMAGES_ONLY", "SIMILARITY_FUNCTIONS"]

_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "soft_wpmi": "wpmi",
        "wpmi": "wpmi",
        "rank_reorder": "rank_reorder",
        "cos_similarity": "cosine",
        "cos_similarity_cubed": "cosine",
    }
)
"""Published name of each function → the module of this package that holds it."""

NEEDS_TOP_IMAGES_ONLY = frozenset({"soft_wpmi", "wpmi"})
"""Functions that look only at a unit's top images: those over `study.similarity.information`."""

_T_co = TypeVar("_T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class _ByName(Mapping[str, _T_co], Generic[_T_co]):
    """A mapping over the published names whose values are derived from the functions on look-up."""

    derive: Callable[[Callable[..., "Tensor"]], _T_co]

    def __getitem__(self, name: str) -> _T_co:
        module = import_module(f"{__name__}.{_MODULES[name]}")
        return self.derive(getattr(module, name))

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


def _keywords(function: Callable[..., "Tensor"]) -> dict[str, Any]:
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }


def _refusing_unknown(function: Callable[..., "Tensor"]) -> Callable[..., "Tensor"]:
    """Return the function with an error for unknown settings that lists the known ones."""
    known = _keywords(function)

    @wraps(function)
    def checked(*arrays: "Tensor", **settings: Any) -> "Tensor":
        for name in settings:
            if name not in known:
                raise StudyError(
                    f"{function.__name__}: expected settings among {', '.join(known)}, "
                    f"found {name!r}"
                )
        return function(*arrays, **settings)

    return checked


def _published_settings(function: Callable[..., "Tensor"]) -> Mapping[str, Any]:
    defaults = _keywords(function).items()
    return MappingProxyType({name: value for name, value in defaults if value is not None})


SIMILARITY_FUNCTIONS: Mapping[str, Callable[..., "Tensor"]] = _ByName(_refusing_unknown)
"""Name → function(image_features, concept_features, activations, **settings)."""

DEFAULTS: Mapping[str, Mapping[str, Any]] = _ByName(_published_settings)
"""Name → its published settings; what defaults to None (blocks, generators) is no setting."""
