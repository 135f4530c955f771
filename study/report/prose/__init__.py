"""Write sentences by rule from numbers: no sentence is fixed that a number could contradict."""

from study.report.prose.answer import lead, made, makers, provenance, question
from study.report.prose.categories import categories
from study.report.prose.conclusions import conclusions
from study.report.prose.heatmaps import insights
from study.report.prose.kind_rules import rule_sensitivity
from study.report.prose.method import comparing, limits
from study.report.prose.network import described
from study.report.prose.pair import compared
from study.report.prose.quality import quality
from study.report.prose.references import references
from study.report.prose.relation import banner, unit_by_unit
from study.report.prose.summary import beside_twins, introduction, subtitle, summary

__all__ = [
    "banner",
    "beside_twins",
    "categories",
    "compared",
    "comparing",
    "conclusions",
    "described",
    "insights",
    "introduction",
    "lead",
    "limits",
    "made",
    "makers",
    "provenance",
    "quality",
    "question",
    "references",
    "rule_sensitivity",
    "subtitle",
    "summary",
    "unit_by_unit",
]
