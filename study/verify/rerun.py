"""A report's study run again from its manifest, and the difference diagnosed."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from study import manifest
from study.errors import Exit, StudyError
from study.resources import preset_names
from study.verify.evidence import Evidence, take
from study.verify.runs import verify_runs
from study.verify.tables import Table, read_table
from study.verify.verdict import NOTE, UNDECIDED, Cause, Check, Verdict, ranked

_SEVERITY = {Exit.OK: 0, Exit.UNDECIDED: 1, Exit.FAILED: 2}


@dataclass(frozen=True, slots=True)
class Again:
    """What is to be run again: a study that comes with the program, and how it was run."""

    preset: str
    precision: str | None
    limit: int | None
    out: Path


def verify_rerun(path: Path, *, dissect: Callable[[Again], None]) -> Verdict:
    """Run a report's study again and compare every network with the one inside the report.

    Only studies that come with the program are run: the manifest names the preset. Where the
    inputs are not at hand the answer is 3, with what is missing.

    Parameters
    ----------
    path
        The report.
    dissect
        Runs a study into ``out``; raises `StudyError` where it cannot.

    Raises
    ------
    StudyError
        If it is no report of this program.
    """
    with tempfile.TemporaryDirectory(prefix="study-rerun-") as place:
        folder = Path(place)
        (folder / "files").mkdir()
        evidence = take(path, folder / "files")
        if not evidence.readable:
            return _undecided(path, f"another schema; read it with study {evidence.version}")
        preset = evidence.manifest.get("preset")
        if preset not in preset_names():
            known = ", ".join(preset_names())
            text = f"its manifest names no study that comes with the program ({known})"
            return _undecided(path, text)
        stated = evidence.manifest.get("dissection")
        precision = stated.get("precision") if isinstance(stated, dict) else None
        limit = evidence.manifest.get("limit")
        again = Again(
            str(preset),
            precision if precision in ("float32", "bfloat16") else None,
            limit if isinstance(limit, int) and limit > 0 else None,
            folder / "again",
        )
        try:
            dissect(again)
        except StudyError as error:
            return _undecided(path, f"its study cannot be run here: {error}")
        return _compared(path, evidence, folder)


def _compared(path: Path, evidence: Evidence, folder: Path) -> Verdict:
    verdicts: list[tuple[str, Verdict]] = []
    for network in [*evidence.results["networks"], *evidence.results["controls"]]:
        name, slug = str(network["name"]), Path(str(network["slug"])).name
        again = folder / "again" / slug / "descriptions.csv"
        content = evidence.files.get(f"{slug}/descriptions.csv")
        if content is None or not again.is_file():
            return _undecided(path, f"{name}: expected its table in the report and in the rerun")
        table = folder / "inside" / slug / "descriptions.csv"
        table.parent.mkdir(parents=True)
        table.write_bytes(content)
        verdicts.append((name, verify_runs(_named(table, name), _named(again, f"{name} again"))))
    worst = max((v for _, v in verdicts), key=lambda one: _SEVERITY[one.exit])
    checks = [
        Check(c.check, c.status, c.detail, f"{name}: {c.place}" if c.place else name, c.advice)
        for name, verdict in verdicts
        for c in verdict.checks
    ]
    causes = [
        Cause(c.cause, c.confidence, tuple(f"{name}: {text}" for text in c.evidence))
        for name, verdict in verdicts
        if verdict.exit is worst.exit
        for c in verdict.causes
    ]
    if (stated := _differing(evidence, folder / "again" / "manifest.json")) is not None:
        checks.append(stated)
    return Verdict(
        "rerun", worst.exit, f"{path.name}: {worst.verdict}", ranked(causes), tuple(checks)
    )


def _named(path: Path, name: str) -> Table:
    return read_table(path, name=name, beside=False)


def _differing(evidence: Evidence, path: Path) -> Check | None:
    """Name the parts of the manifest that another program or machine explains."""
    again = manifest.read(path)
    parts = ("program", "probe", "concepts", "encoder", "dissection")
    changed = [part for part in parts if evidence.manifest.get(part) != again.get(part)]
    if not changed:
        return None
    return Check("manifest", NOTE, f"differs from that of the rerun in {', '.join(changed)}")


def _undecided(path: Path, text: str) -> Verdict:
    check = Check("rerun", UNDECIDED, text, path.name)
    return Verdict("rerun", Exit.UNDECIDED, f"{path.name}: {text}", (), (check,))
