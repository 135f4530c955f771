"""Bringing what a study needs: the pinned files that its TOML names."""

import sys
from pathlib import Path

from study import artifacts
from study.errors import Exit
from study.progress import StderrProgress
from study.settings import Study
from study.study_file import read_study


def needed_artifacts(study: Study) -> tuple[str, ...]:
    """Return the names of the pinned files that a study needs, each once, in order of use."""
    names = [study.probe.artifact, study.concepts.artifact, pinned(study.encoder.weights)]
    for network in study.networks:
        names.append(pinned(network.weights))
        if network.weights.startswith("torchvision:"):
            tag = network.weights.removeprefix("torchvision:")
            names.append(artifacts.torchvision_name(network.architecture, tag))
        names.append(pinned(network.class_names or ""))
    return tuple(dict.fromkeys(name for name in names if name))


def pinned(source: str) -> str | None:
    """Return the artifact that ``artifact:NAME`` names, None for any other source."""
    return source.removeprefix("artifact:") if source.startswith("artifact:") else None


def fetch_study(source: str, *, folder: Path | None, only_list: bool) -> int:
    """Fetch what a study needs, terms first; or list it with urls, sizes and digests.

    Raises
    ------
    StudyError
        If a file cannot be fetched; the message says how to bring it by hand.
    """
    names = needed_artifacts(read_study(source))
    progress = StderrProgress()
    if not names:
        progress.note(f"{source}: needs no files from elsewhere")
    elif only_list:
        pins = artifacts.load_pins()
        for name in names:
            sys.stdout.write(f"{artifacts.announcement(pins[name])}\n")
    else:
        for name, path in artifacts.fetch(names, folder=folder, progress=progress).items():
            progress.note(f"{name}: {path.as_posix()}")
    return int(Exit.OK)
