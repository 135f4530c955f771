"""Preparation: a preprocessing function of the user's own, with a name and a digest."""

import hashlib
import inspect
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

from study.errors import StudyError
from study.models.behaviour import of_function
from study.models.preprocessing import Preprocessing


@dataclass(frozen=True, slots=True)
class Preparation:
    """A function that turns a picture into a network's input, known by its source or a name.

    Parameters
    ----------
    function
        Takes an RGB picture of Pillow's; returns a tensor (channels, height, width).
    name
        What the manifest calls it.
    source
        Digest of its source, or of what it says of itself, and of what it gives for fixed pictures.
        A function that refuses these has one of its own, so that nothing stored is found again.
    """

    function: Callable[[Image.Image], torch.Tensor]
    name: str
    source: str
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, function: Callable[[Image.Image], torch.Tensor], *, name: str | None = None
    ) -> "Preparation":
        """Make a preparation of a function, or of an object that describes itself fully.

        Raises
        ------
        StudyError
            If neither its source nor its description is known, and no name is given: stored results
            could not tell it from another one.
        """
        text = _described(function)
        if not text and not name:
            raise StudyError(
                "preprocessing: its source is not known, so give it a name: "
                'preprocessing=("name", function)'
            )
        own = getattr(function, "__name__", type(function).__name__)
        given = of_function(function) or uuid.uuid4().hex
        return cls(function, name or own, hashlib.sha256(f"{text}\0{given}".encode()).hexdigest())

    def apply(self, image: Image.Image) -> torch.Tensor:
        """Return a float32 tensor (channels, height, width)."""
        tensor = self.function(image)
        if not isinstance(tensor, torch.Tensor) or tensor.ndim != 3:
            found = tuple(tensor.shape) if isinstance(tensor, torch.Tensor) else type(tensor)
            raise StudyError(
                f"preprocessing {self.name}: expected a tensor (channels, height, width), found "
                f"{found}"
            )
        return tensor.float()

    def to_json(self) -> dict[str, Any]:
        """Return what is known of it as JSON values."""
        return {"function": self.name, "source": self.source}


def preparation_of(given: Any) -> "Preprocessing | Preparation":
    """Return a preprocessing of whatever a user gives.

    Parameters
    ----------
    given
        None for ImageNet's; a `Preprocessing`; a dictionary of its fields; a function of a picture;
        or such a function with a name, ``("name", function)``.

    Raises
    ------
    StudyError
        For anything else.
    """
    if given is None:
        return Preprocessing()
    if isinstance(given, Preprocessing | Preparation):
        return given
    if isinstance(given, Mapping):
        return Preprocessing().with_settings(given, owner="preprocessing")
    if isinstance(given, tuple) and len(given) == 2 and callable(given[1]):
        return Preparation.of(given[1], name=str(given[0]))
    if callable(given):
        return Preparation.of(given)
    raise StudyError(
        "preprocessing: expected a function, a table of settings or None, found "
        f"{type(given).__name__}"
    )


def _described(function: Any) -> str:
    """Return the source of a function, or what an object such as a transform says of itself."""
    if inspect.ismethod(function) or getattr(function, "__closure__", None):
        return ""  # what it reads from elsewhere is not in its source
    if inspect.isfunction(function):
        try:
            return inspect.getsource(function)
        except (OSError, TypeError):
            return ""
    text = repr(function)
    return "" if re.search(r" at 0x|^<|[Ll]ambda", text) else text
