"""`Finding`: one defect of a submission; `ADVICE`: how to fix each kind of defect."""

from collections.abc import Mapping
from dataclasses import dataclass

from study.verify.verdict import FAILED, NOTE, Cause, Check

ADVICE: Mapping[str, str] = {
    "names_swapped": "swap the tables or their names, and redo everything derived from them",
    "wrong_layers": "dissect the layers that the task names, or state which were dissected",
    "other_network": "dissect the networks that the task names, or state which were dissected",
    "unit_counts": "dissect again: one row for each unit of a layer, numbered from 0",
    "impossible_count": "count again: the number exceeds what there is to count",
    "set_algebra": "count again: only + shared = unique, Jaccard = shared / union",
    "number_against_table": "take the number from the table",
    "not_in_concept_set": "use one concept list throughout, or submit the one that was used",
    "other_concept_set": "state the concept list that was actually used",
    "other_probe": "state the probe that was actually used; use the same one for all networks",
    "wrong_preprocessing": "use the preprocessing that the weights were trained with",
    "stated_settings": "run all networks with the same settings, or state that they differ",
    "placeholder_picture": "replace the placeholder with the result itself",
    "picture_twice": "replace one of the two pictures with the one that belongs there",
    "missing_evidence": "submit the missing or damaged file",
    "empty_results": "submit the complete table, one row per unit",
    "same_table_twice": "submit a separate table for each network",
    "defective_table": "write it as UTF-8 with the columns layer,unit,description,similarity",
    "near_duplicates": "count word forms as one concept, or state that you do not",
    "tie_at_the_cut": "list all labels with equal counts, or state how ties are broken",
    "case_and_spacing": "spell each concept as the concept list does",
    "read_as_missing": 'read "null", "nan", "true" as words, not as missing values',
    "other_tool": "state which tool made the labels, and its settings",
}
"""What to do about each kind of finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect, or only a remark (`note`): its kind, the file, and the evidence."""

    kind: str
    place: str
    evidence: str
    note: bool = False
    confidence: float = 0.9

    def check(self) -> Check:
        """Return the finding as a check with its advice."""
        status = NOTE if self.note else FAILED
        return Check(self.kind, status, self.evidence, self.place, ADVICE[self.kind])

    def cause(self) -> Cause:
        """Return the finding as a cause with its evidence."""
        return Cause(self.kind, self.confidence, (f"{self.place}: {self.evidence}",))


Result = Finding | Check | Cause
"""What a check of a submission yields."""
