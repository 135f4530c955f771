"""Progress of a run: notes and bars on stderr for people, and seconds by stage."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

Advance = Callable[[int], None]
_WHILE = 2.0
"""Seconds after which work that is not measured is worth a line."""


def void(count: int) -> None:
    """Count nothing, where nobody watches."""


def plain_line(text: str) -> str:
    """Return a text as one line that no terminal takes for a command: controls are replaced."""
    joined = " ".join(text.split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in joined)


def counted(number: int, things: str) -> str:
    """Return a number with what it counts, given in the plural of a regular noun.

    >>> counted(1, "pairs of networks"), counted(2, "pairs of networks")
    ('1 pair of networks', '2 pairs of networks')
    """
    noun, space, rest = things.partition(" ")
    return f"{number} {noun.removesuffix('s') if number == 1 else noun}{space}{rest}"


class Progress:
    """Silent progress, which only measures time: the default for library callers.

    Attributes
    ----------
    timings
        Seconds by stage, in the order in which the stages ran. Never part of the results.
    """

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}

    def note(self, text: str) -> None:
        """Print one line, if this progress is shown to anybody."""

    @contextlib.contextmanager
    def stage(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """Measure a stage of `total` units of work; yields the function that counts them."""
        started = time.perf_counter()
        with self._bar(name, total, unit) as advance:
            yield advance
        seconds = time.perf_counter() - started
        self.timings[name] = self.timings.get(name, 0.0) + seconds
        if total:
            self.note(f"{name}: {counted(total, unit)} in {seconds:.1f} s")

    @contextlib.contextmanager
    def watch(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """Show work that precedes the plan: a bar, and a line if it took a while; not measured.

        `total` is 0 where it is not known how much there is.
        """
        started, done = time.perf_counter(), 0

        def count(number: int) -> None:
            nonlocal done
            done += number
            advance(number)

        with self._bar(name, total, unit) as advance:
            yield count
        seconds = time.perf_counter() - started
        if seconds >= _WHILE:
            self.note(f"{name}: {counted(done, unit)} in {seconds:.1f} s")

    @contextlib.contextmanager
    def _bar(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        del name, total, unit
        yield void


class StderrProgress(Progress):
    """Progress on stderr: lines always, and on a terminal bars with rate and time left."""

    def note(self, text: str) -> None:
        """Print one line on stderr, above any bar."""
        from tqdm import tqdm

        tqdm.write(plain_line(text), file=sys.stderr)

    @contextlib.contextmanager
    def _bar(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        from tqdm import tqdm

        with tqdm(
            total=total or None,
            desc=name,
            unit=f" {unit}",
            file=sys.stderr,
            disable=None,
            leave=False,
        ) as bar:

            def advance(count: int) -> None:
                bar.update(count)

            yield advance
