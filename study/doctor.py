"""Diagnose this machine: versions, libraries, files, inputs of a study, and kept arrays."""

import ctypes.util
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from study import __version__
from study.errors import Exit, StudyError
from study.files.folders import resource, store_folder
from study.inputs import artifacts
from study.inputs.artifacts import needed_artifacts
from study.inputs.probe_index import ProbeIndex
from study.inputs.settings import Study, with_overrides
from study.inputs.study_file import read_study
from study.models.encoder import TruthEncoder
from study.pipeline import entries, features, preflight
from study.pipeline.opening import Inputs, open_inputs
from study.pipeline.store import Store, Stored
from study.progress import counted

_PACKAGES = (
    "torch",
    "torchvision",
    "open_clip_torch",
    "numpy",
    "pandas",
    "pillow",
    "matplotlib",
    "matplotlib-venn",
    "jinja2",
    "weasyprint",
    "safetensors",
)
_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
"""Each library that the PDF needs, with the Debian package that provides it."""


def examine(
    source: str | None,
    *,
    folders: Sequence[Path] = (),
    store: Path | None = None,
    clear: bool = False,
    limit: int | None = None,
    precision: str | None = None,
    device: str | None = None,
    skip_unreadable: bool = False,
    trust_code: bool = False,
    allow_duplicates: bool = False,
) -> tuple[str, int]:
    """Check versions, libraries, fonts, the program's own files, artifacts and the store.

    Parameters
    ----------
    source
        A study whose inputs are checked too, and whose arrays are looked up in the store.
    folders
        Folders of downloaded artifacts, searched first.
    store
        Folder of kept arrays; default: where runs keep them.
    clear
        Delete the kept arrays, after listing them.
    limit, precision, device, skip_unreadable, trust_code, allow_duplicates
        The options of the run to check for: each changes which arrays it uses.

    Returns
    -------
    text : str
        One line for each check; a line that begins with ``!`` says what to do.
    code : int
        0 if nothing is missing, 1 if something is.
    """
    arrays_store = Store(store or store_folder())
    study = None
    if source is not None:
        study = with_overrides(read_study(source), precision=precision, device=device)
    options = {
        "limit": limit,
        "skip_unreadable": skip_unreadable,
        "trust_code": trust_code,
        "allow_duplicates": allow_duplicates,
    }
    lines = [
        *_versions(),
        *_libraries(),
        *_own_files(),
        *(_inputs(study, folders) if study else ()),
        *(_hits(study, folders, arrays_store, **options) if study else ()),
        *_kept(arrays_store, clear=clear),
    ]
    bad = any(line.startswith("!") for line in lines)
    return "".join(f"{line}\n" for line in lines), int(Exit.FAILED if bad else Exit.OK)


def _versions() -> Iterator[str]:
    yield f"  study {__version__}, Python {platform.python_version()} on {sys.platform}"
    for name in _PACKAGES:
        try:
            yield f"  {name} {version(name)}"
        except PackageNotFoundError:
            yield f"! {name} is missing: pip install {name}"


def _libraries() -> Iterator[str]:
    for library, package in _LIBRARIES.items():
        if filename := ctypes.util.find_library(library):
            yield f"  {filename}"
        else:
            yield (
                f"! {library} is missing, so no PDF can be written: apt-get install {package} "
                "(Debian, Ubuntu) or brew install pango (macOS); --format html works without it"
            )


def _own_files() -> Iterator[str]:
    for name in (
        "templates/report.html.j2",
        "templates/report.css",
        "fixtures/miniature/probe.zip",
    ):
        try:
            resource(name)
            yield f"  {name}"
        except StudyError as error:
            yield f"! {error}"


def _inputs(study: Study, folders: Sequence[Path]) -> Iterator[str]:
    names = needed_artifacts(study)
    if not names:
        yield f"  {study.source} needs no files from elsewhere"
    for name in names:
        try:
            yield f"  {name}: {artifacts.locate_all([name], folders=folders)[name].as_posix()}"
        except StudyError as error:
            yield f"! {' '.join(str(error).split())}"


def _hits(study: Study, folders: Sequence[Path], store: Store, **options: Any) -> Iterator[str]:
    """Report for each array that the study would use whether it is kept, and if not, why."""
    try:
        artifacts.locate_all(needed_artifacts(study), folders=folders)
    except StudyError:
        return  # `_inputs` has already reported what is missing.
    index = ProbeIndex(store.root, write=False)
    try:
        inputs = open_inputs(study, folders=folders, index=index, **options)
        preflight.check_fit(inputs)
    except StudyError as error:
        yield f"! {' '.join(str(error).split())}"
        return
    images = inputs.probe.image_digests
    names = {network.slug: network.name for network in inputs.networks}
    for (slug, layer), entry in entries.activation_entries(inputs, store).items():
        yield f"  {names[slug]}, {layer}: {store.explain(entry, images)}"
    if isinstance(inputs.encoder, TruthEncoder):
        return  # nothing of a table is kept
    words = store.explain(entries.concept_entry(inputs, store), entries.word_rows(inputs))
    yield f"  {inputs.concepts.name}: {words}"
    yield f"  {inputs.encoder.model_name}: {_image_features(inputs, store)}"


def _image_features(inputs: Inputs, store: Store) -> str:
    """Report whether the encoder's images are kept; the activations decide which they are."""
    kept = features.kept_activations(inputs, store)
    if kept is None:
        return "image-features: which images they need is known once all activations are kept"
    needed = features.images_to_embed(inputs, kept, features.wanted_images(inputs))
    return store.explain(entries.image_entry(inputs, store), entries.digests_of(inputs, needed))


def _kept(store: Store, *, clear: bool) -> Iterator[str]:
    stored = store.clear() if clear else store.entries()
    verb = "deleted from" if clear else "kept in"
    yield f"  {_amount(stored)}, {verb} {store.root.as_posix()}"
    users = sorted({study for entry in stored for study in entry.used_by})
    if users:
        yield "  by study; what several have used counts for each:"
    for study in users:
        used = [entry for entry in stored if study in entry.used_by]
        yield f"    {study}: {_amount(used)}"
    if users and (others := [entry for entry in stored if not entry.used_by]):
        yield f"    of no study on record: {_amount(others)}"
    for entry in stored:
        made = ", ".join(f"{key} {_short(value)}" for key, value in entry.made_of.items())
        yield f"    {entry.kind} {entry.key[:12]}, {entry.bytes / 1e6:.1f} MB: {made}"


def _amount(stored: Sequence[Stored]) -> str:
    return f"{counted(len(stored), 'arrays')}, {sum(entry.bytes for entry in stored) / 1e6:.1f} MB"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:20]}…"
