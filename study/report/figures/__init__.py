"""Draw the figures of a report, each with a caption and its numbers in words.

Every module of this folder may list its own in ``FIGURES``: functions from the pen to drawings.
"""

from importlib import import_module
from pkgutil import iter_modules

from study.report import charts
from study.report.figures.drawing import Drawing
from study.report.pen import Pen

__all__ = ["Drawing", "drawings"]


def drawings(pen: Pen) -> dict[str, Drawing]:
    """Draw every figure that the results have numbers for, by name."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    figures = [draw for module in modules for draw in vars(module).get("FIGURES", ())]
    with charts.style():
        return {drawing.name: drawing for draw in figures for drawing in draw(pen)}
