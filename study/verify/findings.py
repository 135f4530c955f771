"""Defects of published reports: their names, what to do about each, and one finding of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from study.verify.verdict import FAILED, NOTE, Cause, Check

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "names_swapped": "exchange the tables or their names, and redo everything made from them",
        "wrong_layers": "dissect the layers that the task names, or say which were dissected",
        "unit_counts": "dissect again: every unit of a layer has one row, numbered from 0",
        "impossible_count": "count again: the number is larger than what there is to count",
        "set_algebra": "count again: only + shared = unique, Jaccard = shared / union",
        "number_against_table": "take the number from the table",
        "not_in_concept_set": "use one concept list throughout, or hand in the one that was used",
        "other_concept_set": "state the concept list that was really used",
        "other_probe": "state the probe that was really used; run all networks on the same one",
        "wrong_preprocessing": "use the preprocessing that the weights were trained with",
        "stated_settings": "run all networks with the same settings, or say that they differ",
        "placeholder_picture": "replace the picture by the result it stands for",
        "picture_twice": "one of the two places needs its own picture",
        "missing_evidence": "hand in the file that is cited",
        "empty_results": "hand in the finished table, one row per unit",
        "same_table_twice": "hand in each network's own table",
        "defective_table": "write the table again: layer,unit,description,similarity, UTF-8",
        "near_duplicates": "count word forms as one concept, or say that they are counted apart",
        "tie_at_the_cut": "name all labels of equal count, or say how ties are broken",
        "case_and_spacing": "write a concept as the list has it",
        "read_as_missing": 'read the table without missing-value words ("null", "nan", "true")',
        "other_tool": "say which tool made the labels, and give its settings",
    }
)
"""Every kind of finding, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect, or something to know (`note`): its kind, the file, and the evidence."""

    kind: str
    place: str
    evidence: str
    note: bool = False
    confidence: float = 0.9

    def check(self) -> Check:
        """Return the finding as a check with its advice."""
        status = NOTE if self.note else FAILED
        return Check(self.kind, status, self.evidence, self.place, ADVICE[self.kind])


def causes_of(findings: Sequence[Finding]) -> list[Cause]:
    """Return one cause per kind of defect, with the evidence of all its findings."""
    kinds = dict.fromkeys(finding.kind for finding in findings if not finding.note)
    causes = []
    for kind in kinds:
        same = [finding for finding in findings if finding.kind == kind and not finding.note]
        evidence = tuple(f"{one.place}: {one.evidence}" for one in same)
        causes.append(Cause(kind, max(one.confidence for one in same), evidence))
    return causes
