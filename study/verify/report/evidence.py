"""The data inside a report: its documents, files and runs, taken out within limits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.comparison.results import SCHEMA as RESULTS
from study.dissection.run import Run, attached_runs
from study.errors import StudyError
from study.files.documents import SCHEMA as MANIFEST
from study.verify.reading.guard import read_pdf

MAX_PERMUTATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """The data inside a report: attached files by name, the two documents, parsed, and the pages.

    ``pdf`` is what `study.verify.reading.pdf_content.read` returned.
    """

    files: Mapping[str, bytes]
    results: Mapping[str, Any]
    manifest: Mapping[str, Any]
    pdf: Mapping[str, Any]

    @property
    def version(self) -> str:
        """The version of the program that made the report, "unknown" if it does not say."""
        for key in ("report", "program"):
            part = self.manifest.get(key)
            if isinstance(part, dict) and part.get("study"):
                return str(part["study"])[:40]
        return "unknown"

    @property
    def schemas(self) -> tuple[str, str]:
        """The schemas of results and manifest as the documents name them."""
        return str(self.results.get("schema")), str(self.manifest.get("schema"))

    @property
    def readable(self) -> bool:
        """Whether this version of the program reads both schemas."""
        return self.schemas == (RESULTS, MANIFEST)


def take(path: Path, folder: Path) -> Evidence:
    """Take the evidence out of a report.

    Parameters
    ----------
    path
        The PDF.
    folder
        An empty folder to put the files into.

    Raises
    ------
    StudyError
        If it is no PDF, carries no evidence, or carries damaged documents.
    """
    pages = read_pdf(path, folder=folder, seconds=20)
    files = {
        name: (folder / str(item["file"])).read_bytes()
        for name, item in pages["attachments"].items()
    }
    results, manifest = (_document(files, name, path) for name in ("results.json", "manifest.json"))
    return Evidence(files, results, manifest, pages)


def _document(files: Mapping[str, bytes], name: str, path: Path) -> dict[str, Any]:
    if name not in files:
        raise StudyError(
            f"{path.name}: expected a report of this program with {name} inside, found "
            f"{len(files)} attached files"
        )
    try:
        document = json.loads(files[name])
    except (ValueError, RecursionError) as error:
        document = " ".join(str(error).split())[:120]
    if not isinstance(document, dict):
        raise StudyError(f"{path.name}: {name}: expected a JSON object, found {document!r:.120}")
    return document


def attached(evidence: Evidence) -> tuple[Run, ...]:
    """Return the runs inside a report; raises `StudyError` if one cannot be read."""
    networks = [*evidence.results["networks"], *evidence.results["controls"]]
    return attached_runs(evidence.files, networks)
