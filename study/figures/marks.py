"""Marks on an axes: numbers with their key, given names, titles."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator


def value_at(
    ax: Axes, place: float, top: float, text: str, key: str | None, *, horizontal: bool
) -> None:
    """Write a number at the end of a bar, with its key."""
    at, move = ((top, place), (2, 0)) if horizontal else ((place, top), (0, 1.5))
    side, base = ("left", "center") if horizontal else ("center", "bottom")
    look: dict[str, Any] = {"ha": side, "va": base}
    note = ax.annotate(text, at, move, textcoords="offset points", fontsize=7, **look)
    note.set_gid(f"n:{key}" if key else None)
    note.set_in_layout(False)


def categories_on(ax: Axes, axis: str, at: npt.ArrayLike, names: Sequence[str]) -> None:
    """Name the places on an axis."""
    labels = (ax.set_xticks if axis == "x" else ax.set_yticks)(at, list(names))
    for number, tick in enumerate(labels):
        for label in (tick.label1, tick.label2):
            given(label, f"{axis}{number}")


def whole_steps(ax: Axes, axis: str) -> None:
    """Let an axis of counts be marked at whole numbers only."""
    side = ax.xaxis if axis == "x" else ax.yaxis
    side.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))


def titled(ax: Axes, title: str | None) -> None:
    """Write a given title, if there is one."""
    if title is not None:
        given(ax.set_title(title, loc="left"), "title")


def given(text: Text, where: str) -> None:
    """Mark a text as given: from the data, not from the program."""
    text.set_gid(f"t:{where}")
    text.set_parse_math(False)
