"""Write sentences by rule from numbers: no sentence is fixed that a number could contradict."""

from study.report.prose.categories import categories
from study.report.prose.heatmaps import insights
from study.report.prose.method import comparing, limits
from study.report.prose.network import described
from study.report.prose.pair import compared
from study.report.prose.quality import quality
from study.report.prose.relation import banner, unit_by_unit
from study.report.prose.summary import introduction, subtitle, summary

__all__ = [
    "banner",
    "categories",
    "compared",
    "comparing",
    "described",
    "insights",
    "introduction",
    "limits",
    "quality",
    "subtitle",
    "summary",
    "unit_by_unit",
]
