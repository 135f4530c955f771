"""Run a report's study again from its manifest and diagnose the differences."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from study.comparison.results import members
from study.errors import StudyError
from study.files import documents
from study.files.folders import preset_named, preset_names
from study.verify.reading.descriptions import read_table
from study.verify.report.evidence import Evidence, take
from study.verify.runs import verify_runs
from study.verify.verdict import NOTE, UNDECIDED, Check, Verdict, verdict_of, worst

Dissect = Callable[[str, Path, str | None, int | None], None]
"""Runs a preset into a folder, with a precision and a number of images other than its own."""


def verify_rerun(path: Path, *, dissect: Dissect) -> Verdict:
    """Run a report's study again and compare every network with the one inside the report.

    Only presets are run: the manifest names them. If their inputs are not available the exit code
    is 3 and the verdict names what is missing.

    Parameters
    ----------
    path
        The report.
    dissect
        Runs the study; raises `StudyError` if it cannot.

    Raises
    ------
    StudyError
        If the file is not a report of this program.
    """
    with tempfile.TemporaryDirectory(prefix="study-rerun-") as temporary:
        folder = Path(temporary)
        (folder / "files").mkdir()
        evidence = take(path, folder / "files")
        if not evidence.readable:
            return _undecided(
                path, f"its schema is another version's; check it with study {evidence.version}"
            )
        preset = preset_named(str(evidence.manifest.get("preset")))
        if preset is None:
            known = ", ".join(preset_names())
            return _undecided(path, f"its manifest names none of the presets {known}")
        stated = evidence.manifest.get("dissection")
        precision = stated.get("precision") if isinstance(stated, dict) else None
        limit = evidence.manifest.get("limit")
        precision = precision if precision in ("float32", "bfloat16") else None
        limit = limit if isinstance(limit, int) and limit > 0 else None
        try:
            dissect(preset, folder / "again", precision, limit)
        except StudyError as error:
            return _undecided(path, f"its study cannot be run here: {error}")
        return _compared(path, evidence, folder)


def _compared(path: Path, evidence: Evidence, folder: Path) -> Verdict:
    verdicts: list[Verdict] = []
    for network in members(evidence.results):
        name, slug = str(network["name"]), Path(str(network["slug"])).name
        again = folder / "again" / slug / "descriptions.csv"
        content = evidence.files.get(f"{slug}/descriptions.csv")
        if content is None or not again.is_file():
            return _undecided(path, f"{name}: its table is missing from the report or the rerun")
        table = folder / "inside" / slug / "descriptions.csv"
        table.parent.mkdir(parents=True)
        table.write_bytes(content)
        inside = read_table(table, name=name, beside=False)
        rerun = replace(read_table(again, name=f"{name} again"), args={}, document=None)
        verdicts.append(verify_runs(inside, rerun).about(name))
    result = worst(verdicts)
    causes = [c for verdict in verdicts if verdict.exit is result.exit for c in verdict.causes]
    checks = [check for verdict in verdicts for check in verdict.checks]
    checks += _differing(evidence, folder / "again" / "manifest.json")
    return verdict_of("rerun", f"{path.name}: {result.verdict}", checks, causes)


def _differing(evidence: Evidence, path: Path) -> list[Check]:
    """Name the parts in which the manifests differ: another program or machine explains those."""
    again = documents.read(path)
    parts = ("program", "probe", "concepts", "encoder", "dissection")
    changed = [part for part in parts if evidence.manifest.get(part) != again.get(part)]
    text = f"differs from that of the rerun in {', '.join(changed)}"
    return [Check("manifest", NOTE, text)] if changed else []


def _undecided(path: Path, text: str) -> Verdict:
    check = Check("rerun", UNDECIDED, text, path.name)
    return verdict_of("rerun", f"{path.name}: {text}", [check])
