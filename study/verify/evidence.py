"""The data inside a report, taken out within limits and laid out as the runs that it came from."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study import manifest, results
from study.errors import StudyError
from study.runs import Run, load_runs
from study.verify.guard import read_pdf

_SAFE = re.compile(r"(?!.*(^|/)\.)[A-Za-z0-9_.\-/]{1,200}")
MAX_PERMUTATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a report carries.

    Attributes
    ----------
    files
        Attached files by name.
    results, manifest
        The two documents, parsed.
    pdf
        What `study.verify.reading.read` told of the pages.
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
        return self.schemas == (results.SCHEMA, manifest.SCHEMA)


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
    document = read_pdf(path, folder=folder, seconds=20)
    files = {
        name: (folder / str(item["file"])).read_bytes()
        for name, item in document["attachments"].items()
    }
    parsed = []
    for name in ("results.json", "manifest.json"):
        if name not in files:
            raise StudyError(
                f"{path.name}: expected a report of this program with {name} inside, found "
                f"{len(files)} attached files"
            )
        try:
            parsed.append(json.loads(files[name]))
        except (ValueError, RecursionError) as error:
            found = " ".join(str(error).split())[:120]
            raise StudyError(f"{path.name}: {name}: expected JSON, found {found}") from None
    if not all(isinstance(one, dict) for one in parsed):
        raise StudyError(f"{path.name}: expected JSON objects inside, found other values")
    return Evidence(files, parsed[0], parsed[1], document)


def lay_out(evidence: Evidence, folder: Path) -> tuple[Run, ...]:
    """Write the runs' files as they lay before the report was made, and load them.

    Raises
    ------
    StudyError
        If a file's name leads elsewhere, or a run cannot be loaded.
    """
    networks = [*evidence.results["networks"], *evidence.results["controls"]]
    for name, content in evidence.files.items():
        if "/" not in name or name.startswith("tables/"):
            continue
        if not _SAFE.fullmatch(name):
            raise StudyError(f"expected attachments below a network's folder, found {name[:80]!r}")
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    slugs = [str(network["slug"]) for network in networks]
    if not all(_SAFE.fullmatch(slug) for slug in slugs):
        raise StudyError(f"expected networks' folders inside the report, found {slugs}"[:200])
    names = [str(network["name"]) for network in networks]
    return load_runs([folder / slug for slug in slugs], names=names, trust_names=True)
