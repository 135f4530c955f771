"""The overlap that a network has with itself: what two networks could reach at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from study.overlap import Overlap

Labels = Sequence[str]
Twice = tuple[Labels, Labels]
PROBE_HALVES = "probe halves"
SECOND_RUN = "second run"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Overlap within each network beside the overlap across them, lists of equal size.

    ``a`` and ``b`` are the Jaccard indices of a network's two label lists (from two halves of the
    probe, or from two runs). ``across`` is the mean of the two indices of a list of A with a list
    of B that do not come from the same half or run, so that it is as far apart as `a` and `b`
    are. ``low`` and ``high`` are the smaller and larger of `a` and `b`: the band in which the
    ceiling lies; two values give no sampling interval.
    """

    kind: str
    a: float | None
    b: float | None
    across: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the ceiling as it stands in the results."""
        known = [value for value in (self.a, self.b) if value is not None]
        return {
            "kind": self.kind,
            "a": self.a,
            "b": self.b,
            "across": self.across,
            "low": min(known, default=None),
            "high": max(known, default=None),
        }


def ceiling(kind: str, a: Twice, b: Twice) -> Ceiling:
    """Measure the ceiling from two label lists of each network.

    Parameters
    ----------
    kind
        `PROBE_HALVES` or `SECOND_RUN`.
    a, b
        A network's labels, twice. An empty label (of a dead unit) counts as none.
    """
    (a1, a2), (b1, b2) = (tuple([x for x in one if x] for one in twice) for twice in (a, b))
    crossed = [_jaccard(a1, b2), _jaccard(a2, b1)]
    known = [value for value in crossed if value is not None]
    across = sum(known) / len(known) if known else None
    return Ceiling(kind, _jaccard(a1, a2), _jaccard(b1, b2), across)


def _jaccard(x: Labels, y: Labels) -> float | None:
    return Overlap.of(x, y).jaccard
