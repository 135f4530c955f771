"""Charts: functions that draw numbers on matplotlib axes, and their export as SVG."""

from study.figures.charts import bars, distributions, legend, overlaps
from study.figures.sets import UPRIGHT, heatmap, venn
from study.figures.style import flattened, new_figure, style, to_svg
from study.figures.text import FONT_FILES, font_folder, glyphs, printable

__all__ = [
    "FONT_FILES",
    "UPRIGHT",
    "bars",
    "distributions",
    "flattened",
    "font_folder",
    "glyphs",
    "heatmap",
    "legend",
    "new_figure",
    "overlaps",
    "printable",
    "style",
    "to_svg",
    "venn",
]
