"""Charts: functions that draw numbers on matplotlib axes, and their export as SVG."""

from study.report.charts.charts import bars, distributions, legend, overlaps
from study.report.charts.glyphs import (
    FONT_FILES,
    bounded,
    font_folder,
    glyphs,
    lack_glyphs,
    printable,
)
from study.report.charts.sets import UPRIGHT, heatmap, venn
from study.report.charts.style import flattened, new_figure, style, to_png, to_svg

__all__ = [
    "FONT_FILES",
    "UPRIGHT",
    "bars",
    "bounded",
    "distributions",
    "flattened",
    "font_folder",
    "glyphs",
    "heatmap",
    "lack_glyphs",
    "legend",
    "new_figure",
    "overlaps",
    "printable",
    "style",
    "to_png",
    "to_svg",
    "venn",
]
