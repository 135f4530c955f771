"""The data inside a report: its documents, files and runs, taken out within limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.comparison.results import SCHEMA as RESULTS
from study.comparison.results import members
from study.dissection.run_files import is_of_run
from study.errors import StudyError
from study.files import documents
from study.files.documents import SCHEMA as MANIFEST
from study.files.documents import sha256_bytes
from study.verify.reading.guard import read_pdf
from study.verify.verdict import FAILED, NOTE, OK, Check


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
    """Take the evidence out of a report; its files go into an empty folder.

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
    document = documents.loads(files[name], name=f"{path.name}: {name}")
    if not isinstance(document, dict):
        raise StudyError(f"{path.name}: {name}: expected a JSON object, found {document!r:.120}")
    return document


def check_names(evidence: Evidence) -> Iterator[Check]:
    """Find attached files that are no files of a report."""
    slugs = {str(network.get("slug")) for network in members(evidence.results)}
    for name in evidence.files:
        folder, _, own = name.partition("/")
        of_run = folder in slugs and is_of_run(own)
        if not of_run and folder != "tables" and name not in ("results.json", "manifest.json"):
            yield Check("attachments", FAILED, "no file of this report", name)


def check_digests(evidence: Evidence) -> Iterator[Check]:
    """Compare the attached files with the digests in the manifest."""
    stated = evidence.manifest.get("files")
    if not isinstance(stated, dict) or not stated:
        text = "the manifest states no digests: the tables are from another program"
        yield Check("attachments", NOTE, text)
        return
    digests = {name: sha256_bytes(data) for name, data in evidence.files.items() if name in stated}
    changed = [name for name, digest in digests.items() if digest != stated[name]]
    for name in changed:
        text = f"expected the SHA-256 {str(stated[name])[:16]}…, found {digests[name][:16]}…"
        yield Check("attachments", FAILED, text, name)
    if not changed:
        yield Check("attachments", OK, f"{len(digests)} attached files have the stated digests")
    absent = [str(name) for name in stated if name not in digests]
    tables = [name for name in absent if name.endswith("descriptions.csv")]
    for name in tables:
        yield Check("attachments", FAILED, "stated in the manifest, but not attached", name)
    if len(absent) > len(tables):
        text = f"{len(absent) - len(tables)} files stated in the manifest are not attached"
        yield Check("attachments", NOTE, text)
