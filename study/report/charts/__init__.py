"""Charts: functions that draw numbers on matplotlib axes, and their export as SVG."""

from study.report.charts.charts import Place, bars, cumulative, legend, overlaps
from study.report.charts.glyphs import (
    FONT_FILES,
    bounded,
    font_folder,
    glyphs,
    lack_glyphs,
    printable,
)
from study.report.charts.sets import UPRIGHT, heatmap, venn
from study.report.charts.style import flattened, new_figure, set_title, style, to_png, to_svg

__all__ = [
    "FONT_FILES",
    "UPRIGHT",
    "Place",
    "bars",
    "bounded",
    "cumulative",
    "flattened",
    "font_folder",
    "glyphs",
    "heatmap",
    "lack_glyphs",
    "legend",
    "new_figure",
    "overlaps",
    "printable",
    "set_title",
    "style",
    "to_png",
    "to_svg",
    "venn",
]
