"""What a person sees while a run works: notes, bars and where the time went; all on stderr."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from tqdm import tqdm

Advance = Callable[[int], None]


class Progress:
    """Silent progress that only measures: what library callers get.

    Attributes
    ----------
    timings
        Seconds by stage, in the order in which the stages ran. Never part of a product.
    """

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}

    def note(self, text: str) -> None:
        """Say one line."""

    @contextlib.contextmanager
    def stage(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """Measure a stage of `total` units of work; yields the function that counts them."""
        started = time.perf_counter()
        with self._bar(name, total, unit) as advance:
            yield advance
        seconds = time.perf_counter() - started
        self.timings[name] = self.timings.get(name, 0.0) + seconds
        if total:
            self.note(f"{name}: {total} {unit} in {seconds:.1f} s")

    @contextlib.contextmanager
    def _bar(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        del name, total, unit
        yield lambda count: None


class StderrProgress(Progress):
    """Progress on stderr: bars with rate and time left on a terminal, lines everywhere."""

    def note(self, text: str) -> None:
        """Say one line on stderr, above any bar."""
        tqdm.write(text, file=sys.stderr)

    @contextlib.contextmanager
    def _bar(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        with tqdm(
            total=total, desc=name, unit=f" {unit}", file=sys.stderr, disable=None, leave=False
        ) as bar:
            yield lambda count: void(bar.update(count))


def void(_: object) -> None:
    """Drop a value that a caller does not want."""
