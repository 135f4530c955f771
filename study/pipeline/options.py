"""Options: how a run is done."""

from dataclasses import dataclass
from pathlib import Path

from study.pipeline.shards import LOCAL, Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run is done; no option changes a label unless the manifest says so.

    ``artifacts`` are folders with files that the user supplies; ``store`` is where arrays are kept
    between runs; ``limit`` takes that many images of the probe for a first look; ``units`` are to
    be shown as cards; ``batch`` is the number of images in one forward pass; ``rehash``
    reads files again whose size and time have not changed; ``workers`` run the shards. Without
    ``different_inputs`` a study is refused whose networks could not be compared.
    """

    artifacts: tuple[Path, ...] = ()
    store: Path | None = None
    limit: int | None = None
    skip_unreadable: bool = False
    allow_duplicates: bool = False
    force: bool = False
    units: tuple[str, ...] = ()
    batch: int = 64
    trust_code: bool = False
    dry_run: bool = False
    rehash: bool = False
    different_inputs: bool = True
    workers: Workers = LOCAL
