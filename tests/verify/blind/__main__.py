"""``python -m tests.verify.blind [--seed N] [--only WORD] [--keep DIR] [--verbose]``."""

import argparse
import contextlib
import io
import json
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.verify.blind import made
from tests.verify.blind.planting import Trial


@dataclass
class Outcome:
    """What the command line said."""

    trial: Trial
    code: int | str
    first: str
    causes: list[str]
    printed: str
    seconds: float

    @property
    def caught(self) -> bool:
        """Whether the exit code is one of those wanted."""
        return self.code in self.trial.exits

    @property
    def right(self) -> bool:
        """Whether the first cause is acceptable."""
        return self.first in self.trial.causes


def command(arguments: list[str]) -> tuple[int | str, str]:
    """The command line's exit code and what it printed."""
    from study.verify.__main__ import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 2
        except Exception:
            code = "crash"
            out.write(traceback.format_exc())
    return code, out.getvalue()


def tried(name: str, seed: int, number: int, folder: Path) -> Outcome:
    """Plant one fault and run the command line on it."""
    _, honest, function = made.KINDS[name]
    place = folder / "".join(c if c.isalnum() else "-" for c in f"{name}-{number}")
    place.mkdir(parents=True)
    trial = function(random.Random(f"{seed} {name} {number}"), place, number)
    trial.kind, trial.label = name, f"--seed {seed}, {name} #{number}"
    assert honest == (not trial.causes), trial
    started = time.monotonic()
    verdict = folder / "verdict.json"
    verdict.unlink(missing_ok=True)
    code, printed = command([*trial.arguments, "--json", str(verdict)])
    said = json.loads(verdict.read_text()) if verdict.exists() else {}
    causes = [one["cause"] for one in said.get("causes", [])]
    first = causes[0] if causes else ""
    return Outcome(trial, code, first, causes, printed, time.monotonic() - started)


def brief(outcome: Outcome, folder: Path, lines: int) -> str:
    """The lines of what was printed that say most."""
    kept = [x for x in outcome.printed.replace(f"{folder}/", "").splitlines() if x.strip()]
    kept = [x for x in kept if "HOLDS" not in x][:lines]
    return "\n".join(f"      | {line[:220]}" for line in kept)


def table(outcomes: list[Outcome]) -> str:
    """A line for each kind."""
    lines = [f"{'kind':52} {'planted':>7} {'caught':>6} {'right':>6} {'seconds':>7}"]
    for honest in (False, True):
        if honest:
            lines.append(f"\n{'honest variants':52} {'number':>7} {'alarms':>6} {'other':>6}")
        chosen = [x for x in outcomes if (not x.trial.causes) == honest]
        groups: dict[str, list[Outcome]] = {"TOTAL": chosen}
        for one in chosen:
            groups.setdefault(one.trial.kind, []).append(one)
        for name, members in [*list(groups.items())[1:], ("TOTAL", chosen)]:
            seconds = sum(x.seconds for x in members)
            if honest:
                alarms = sum(x.code == 1 for x in members)
                other = sum(not x.caught and x.code != 1 for x in members)
                row = f"{len(members):7} {alarms:6} {other:6}"
            else:
                caught = [x for x in members if x.caught]
                right = sum(x.right for x in caught)
                row = f"{len(members):7} {len(caught):6} {right:6}"
            lines.append(f"{name:52} {row} {seconds:7.1f}")
    typos = [x for x in outcomes if x.trial.typo and x.caught]
    invented = sum(not x.right for x in typos)
    lines.append(f"\ninvented causes: {invented} of {len(typos)} unexplainable faults caught")
    return "\n".join(lines)


def listed(title: str, outcomes: list[Outcome], folder: Path, lines: int) -> str:
    """Outcomes with what was wanted and what was said."""
    parts = [f"\n{title}: {len(outcomes)}"]
    for x in outcomes:
        wanted = "|".join(sorted(x.trial.causes)) or "no alarm"
        parts.append(
            f"  {x.trial.label}\n    {x.trial.note[:400]}\n    exit {x.code}, wanted "
            f"{sorted(x.trial.exits)}; causes {x.causes[:4]}, wanted {wanted}"
        )
        parts.append(brief(x, folder, lines))
    return "\n".join(parts)


def main() -> int:
    """Plant everything and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.verify.blind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds whose name contains this word")
    parser.add_argument("--number", type=int, help="only this one of each kind")
    parser.add_argument("--keep", type=Path, help="keep the planted files here")
    parser.add_argument("--lines", type=int, default=8, help="printed lines to show of a miss")
    options = parser.parse_args()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        for name, (times, _, _) in made.KINDS.items():
            if options.only not in name:
                continue
            numbers = range(times) if options.number is None else [options.number]
            for number in numbers:
                outcomes.append(tried(name, options.seed, number, folder))
                if not options.keep:
                    for place in Path(folder).iterdir():
                        shutil.rmtree(place) if place.is_dir() else place.unlink()
        faults = [x for x in outcomes if x.trial.causes]
        honest = [x for x in outcomes if not x.trial.causes]
        missed = [x for x in faults if not x.caught]
        named = [x for x in faults if x.caught and not x.right]
        alarms = [x for x in honest if not x.caught]
        print(table(outcomes))
        print(listed("MISSED", missed, folder, options.lines))
        print(listed("CAUGHT, OTHER FIRST CAUSE", named, folder, options.lines))
        print(listed("HONEST, BUT NOT PASSED", alarms, folder, options.lines))
        print("\nexit codes:", dict(Counter(str(x.code) for x in outcomes)))
    return 1 if missed or alarms else 0


if __name__ == "__main__":
    sys.exit(main())
