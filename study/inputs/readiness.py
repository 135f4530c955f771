"""Checks of a study's files that need no torch: a typo is known before anything heavy is loaded."""

from pathlib import Path

from study.errors import StudyError
from study.files.resolving import resolved
from study.inputs import artifacts
from study.inputs.concepts import ConceptSet
from study.inputs.probe import check_place
from study.inputs.settings import Study


def check_files(
    study: Study, *, out: Path, store: Path, folders: tuple[Path, ...], allow_duplicates: bool
) -> None:
    """Check that the files of a study are there and readable, and that its folders lie apart.

    Raises
    ------
    StudyError
        Naming the first file that is missing, or two folders of which one would write into the
        other.
    """
    for name, path in _folders(study, store).items():
        _apart(resolved(out), resolved(path), name)
    paths = artifacts.locate_all(artifacts.needed_artifacts(study), folders=folders)
    if study.concepts.file is not None:
        ConceptSet.read(study.concepts.file, allow_duplicates=allow_duplicates)
    elif study.concepts.artifact is not None:
        ConceptSet.read(paths[study.concepts.artifact], allow_duplicates=allow_duplicates)
    if study.concepts.families is not None and not study.concepts.families.is_file():
        raise StudyError(
            f"[concepts] families: cannot read {study.concepts.families.name}: no such file"
        )
    if study.probe.path is not None:
        check_place(study.probe.kind, study.probe.path)
    for one in study.networks:
        if one.activations is not None and not one.activations.is_file():
            raise StudyError(
                f"network {one.name!r}: cannot read {one.activations.name}: no such file"
            )
    sources = {f"network {one.name!r}": one.weights for one in study.networks}
    for owner, weights in {"[encoder]": study.encoder.weights, **sources}.items():
        kind, _, rest = weights.partition(":")
        if kind == "file" and not Path(rest).is_file():
            found = "something that is no file" if Path(rest).exists() else "no such file"
            raise StudyError(f"{owner}: cannot read {Path(rest).name}: {found}")


def _folders(study: Study, store: Path) -> dict[str, Path]:
    named = {"the store": store}
    if study.probe.path is not None:
        named["the probe's folder"] = study.probe.path
    return named


def _apart(out: Path, other: Path, name: str) -> None:
    if out == other or out.is_relative_to(other):
        raise StudyError(f"--out {out.name} lies in {name}: choose a folder outside it")
    if other.is_relative_to(out) and name == "the store":
        raise StudyError(f"{name} lies in --out {out.name}: choose a folder outside it")
