"""Probe: the ordered images that every network and the encoder are run on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from PIL import Image

from study.errors import StudyError
from study.files.documents import sha256_bytes
from study.inputs import containers, tar_shards
from study.inputs.containers import Files
from study.inputs.digesting import digested, looks
from study.inputs.pictures import UnreadablePicture, decode, readable
from study.inputs.probe_index import ProbeIndex
from study.inputs.settings import ProbeSettings
from study.inputs.truth_table import TruthTable, read_truth_table
from study.progress import Advance, Progress


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """Ordered images; order and bytes are part of their identity."""

    name: str
    """The name of its folder or file, or of the artifact."""
    kind: str
    """One of `study.inputs.settings.PROBES`."""
    names: tuple[str, ...]
    """The images in order: by folder, then by name."""
    image_digests: tuple[str, ...]
    """SHA-256 of each image's bytes."""
    files: Files = field(repr=False)
    skipped: tuple[tuple[str, str], ...] = ()
    """Name and reason of each image that was left out as unreadable."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Files that are no pictures, by ending."""
    truth: TruthTable | None = None
    """What the images are known to show."""
    limit: int | None = None
    """The number of images asked for, if this is a part of the probe."""
    broken: tuple[UnreadablePicture, ...] = ()
    """The errors of images whose header cannot be read."""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def digest(self) -> str:
        """SHA-256 over each image's digest and name, in order."""
        # Two spaces and a zero byte: no name can run into the next entry.
        entries = zip(self.image_digests, self.names, strict=True)
        return sha256_bytes("".join(f"{digest}  {name}\0" for digest, name in entries).encode())

    def image(self, index: int) -> Image.Image:
        """Return one image as RGB pixels, see `study.inputs.pictures.decode`; thread-safe.

        Raises
        ------
        UnreadablePicture
            If the file cannot be decoded.
        StudyError
            If its bytes no longer match `image_digests`: results computed from them would be
            stored as those of another picture.
        """
        name = self.names[index]
        data = self.files.read(name)
        if sha256_bytes(data) != self.image_digests[index]:
            raise StudyError(
                f"{name}: expected the file as it was when it was digested, found it changed: "
                "run again, with --rehash if it was changed before this run"
            )
        return decode(data, name)

    def check(
        self, chosen: Sequence[int], progress: Advance | None = None
    ) -> list[UnreadablePicture | bool]:
        """Decode some images in full: truncation shows only when the last row is decoded.

        Returns the error of each image that cannot be read; for the others, whether all pixels are
        alike.
        """
        return looks(self.files, [self.names[index] for index in chosen], progress)


def check_place(kind: str, path: Path) -> None:
    """Raise `StudyError` unless there is something at a probe's path."""
    if not path.exists() and not (kind == "tar" and tar_shards.tar_paths(path)):
        raise StudyError(f"probe: expected a {kind} at {path}, found nothing")


def open_probe(
    settings: ProbeSettings,
    *,
    path: Path,
    skip_unreadable: bool = False,
    limit: int | None = None,
    seed: int = 0,
    index: ProbeIndex | None = None,
    progress: Progress | None = None,
) -> Probe:
    """List the images of a probe and digest them.

    Parameters
    ----------
    settings
        The study's section on the probe.
    path
        The folder or zip file; for kind ``"artifact"``, that of the artifact.
    skip_unreadable
        Decode every image now; leave out those that fail and record them in ``skipped``.
    limit
        Keep this many images: from each top folder its share (largest remainders), within it those
        whose names have the smallest SHA-256 together with the seed; their order is unchanged. A
        limit at or above the number of images keeps them all.
    seed
        Selects which part of the probe a limit keeps.
    index
        Where digests are kept: files that it knows and that seem unchanged are not read.
    progress
        Shows how many files are listed and digested.

    Raises
    ------
    StudyError
        If there is nothing at the path, it contains no picture, a picture's name is not UTF-8, or
        the truth table does not fit.
    """
    if settings.kind not in KINDS:
        known = ", ".join(KINDS)
        raise StudyError(f"probe: expected one of the kinds {known}, found {settings.kind!r}")
    check_place(settings.kind, path)
    progress = progress or Progress()
    with progress.watch("listing", 0, "files") as advance:
        files = KINDS[settings.kind](path, advance)
    listed = _included(files, settings.include, path.name)
    names = _part(listed, limit, seed)
    sampled = names != listed
    skipped: list[tuple[str, str]] = []
    if skip_unreadable:
        with progress.watch("looking for unreadable images", len(names), "images") as advance:
            seen = looks(files, names, advance)
        skipped = [(one.name, one.reason) for one in seen if isinstance(one, UnreadablePicture)]
        unreadable = {name for name, _ in skipped}
        names = tuple(name for name in names if name not in unreadable)
        if not names:
            raise StudyError(f"{path.name}: expected a picture, found none that can be read")
    truth = None
    if settings.truth is not None:
        truth = read_truth_table(settings.truth, settings.categories, names=names, known=listed)
    digests, broken = digested(files, names, path, index, progress)
    return Probe(
        name=settings.artifact or path.name,
        kind=settings.kind,
        names=names,
        image_digests=digests,
        broken=broken,
        files=files,
        skipped=tuple(skipped),
        left_out=files.left_out,
        truth=truth,
        limit=limit if sampled else None,
    )


KINDS: Mapping[str, Callable[[Path, Advance], Files]] = MappingProxyType(
    {
        "folder": containers.folder,
        "zip": containers.zip_file,
        "tar": tar_shards.tar_files,
        "artifact": lambda path, advance: (
            containers.folder if path.is_dir() else containers.zip_file
        )(path, advance),
    }
)
"""What opens each of `study.inputs.settings.PROBES`."""


def _included(files: Files, include: tuple[str, ...], source: str) -> tuple[str, ...]:
    """Return the pictures that a probe's patterns select, all of whose names are UTF-8."""
    names = tuple(name for name in files.names if not include or containers.matches(name, include))
    if not names:
        narrowed = f" that fits {' or '.join(include)}" if include else ""
        count = len(files.names) + sum(files.left_out.values())
        raise StudyError(
            f"{source}: expected pictures, found none{narrowed} among {count} files: use "
            f"{', '.join(ending.removeprefix('.') for ending in readable())}"
        )
    for name in (source, *names):
        try:
            name.encode()  # on Linux a file's name may be any bytes; no table can contain them
        except UnicodeEncodeError:
            raise StudyError(
                f"probe: expected file names in UTF-8, found {name!a}: rename the file"
            ) from None
    return names


def _part(names: tuple[str, ...], limit: int | None, seed: int) -> tuple[str, ...]:
    if limit is None or limit >= len(names):
        return names
    if limit < 1:
        raise StudyError(f"limit: expected at least 1 image, found {limit}")
    top_folder = _top_folder(names)
    strata = {top: list(group) for top, group in groupby(names, key=top_folder)}
    shares = {top: len(group) * limit / len(names) for top, group in strata.items()}
    counts = {top: int(share) for top, share in shares.items()}
    by_remainder = sorted(strata, key=lambda top: (counts[top] - shares[top], top))
    for top in by_remainder[: limit - sum(counts.values())]:
        counts[top] += 1
    draws = {name: sha256_bytes(f"{seed}\0{name}".encode()) for name in names}
    chosen = {
        name
        for top, group in strata.items()
        for name in sorted(group, key=draws.__getitem__)[: counts[top]]
    }
    return tuple(name for name in names if name in chosen)


def _top_folder(names: Sequence[str]) -> Callable[[str], str]:
    """Return a function that gives a name's top folder: the first level that differs."""
    folders = [PurePosixPath(name).parent.parts for name in names]
    # What the first and the last folder in order share, all share.
    alike = zip(min(folders), max(folders), strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], alike))
    return lambda name: "".join(PurePosixPath(name).parent.parts[shared : shared + 1])
