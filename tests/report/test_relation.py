"""What a summary says of networks that are one, or that use up their list of words."""

import dataclasses

import pytest

from study.report import rendering
from study.report.pen import Pen
from study.report.prose import summary
from tests.report.report_samples import paper_runs
from tests.report.test_report import files_of


def said(runs) -> str:
    return " ".join(summary(Pen(rendering.document(files_of(runs)), paper=False)))


@pytest.mark.parametrize(("count", "named"), [(7, True), (8, True), (9, False), (20_000, False)])
def test_a_list_that_is_nearly_used_up_is_named(tmp_path, count, named):
    manifest = {"concepts": {"count": count}}
    runs = [dataclasses.replace(run, manifest=manifest) for run in paper_runs(tmp_path)]
    assert ("can hardly vary" in said(runs)) == named


def test_networks_of_the_same_weights_are_said_to_be_the_same(tmp_path):
    a, b = paper_runs(tmp_path)
    manifest = {"network": {"sha256": "a"}}
    other = dataclasses.replace(a.dissection, name="Copy")
    runs = [
        dataclasses.replace(a, manifest=manifest),
        dataclasses.replace(a, dissection=other, manifest=manifest),
    ]
    text = said(runs)
    assert "have the same weights and the same labels, unit by unit." in text
    assert "null" not in text.replace("data-form", "")
    assert "same weights" not in said([a, b])
