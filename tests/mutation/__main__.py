"""``python -m tests.mutation``: plant every fault that mutmut knows, count those tests detect.

The mutated modules and the tests are configured in ``[tool.mutmut]`` of pyproject.toml.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import TextIO

from tests import ROOT

MUTANTS = ROOT / "mutants"
LEAST = 0.9
KILLED = {"killed", "timeout", "segfault", "suspicious"}
"""A mutant that hangs or crashes is detected, as one that fails a test."""


def main(arguments: list[str] | None = None) -> int:
    """Print the counts by module and each survivor; return 1 if too many survived, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("mutants", nargs="*", help="names or patterns (default: all)")
    parser.add_argument("--resume", action="store_true", help="keep the results of an earlier run")
    parser.add_argument("--processes", type=int, default=1, help="mutants tried in parallel")
    options = parser.parse_args(arguments)
    if not options.resume:
        shutil.rmtree(MUTANTS, ignore_errors=True)
    _mutmut("run", "--max-children", str(options.processes), *options.mutants, stdout=sys.stderr)
    states_of = statuses()
    print(table(states_of))
    for name, state in sorted(pair for part in states_of.values() for pair in part.items()):
        if state != "killed":
            print(f"\n{name} ({state})", flush=True)
            _mutmut("show", name)
    return verdict(states_of)


def statuses() -> dict[str, dict[str, str]]:
    """Return the state of each module's mutants, except those not tried."""
    from mutmut.stats import status_by_exit_code

    states_of: dict[str, dict[str, str]] = {}
    for path in sorted(MUTANTS.rglob("*.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        states = {name: status_by_exit_code[code] for name, code in codes.items()}
        tried = {name: state for name, state in states.items() if state != "not checked"}
        if tried:
            states_of[path.relative_to(MUTANTS).as_posix().removesuffix(".meta")] = tried
    return states_of


def share(states: list[str]) -> float:
    """Return the share of mutants that were detected; one that no test runs was not."""
    return sum(state in KILLED for state in states) / len(states)


def verdict(states_of: Mapping[str, Mapping[str, str]]) -> int:
    """Return 0 if at least `LEAST` of the mutants were detected; 1 if not, or if there are none."""
    every = [state for part in states_of.values() for state in part.values()]
    return 0 if every and share(every) >= LEAST else 1


def table(states_of: Mapping[str, Mapping[str, str]]) -> str:
    """Return the counts by module and in total."""
    rows = {module: list(part.values()) for module, part in states_of.items()}
    rows["all"] = [state for part in rows.values() for state in part]
    lines = [f"{'':36}{'mutants':>8}{'killed':>8}{'alive':>8}{'share':>8}"]
    for module, states in rows.items():
        killed = sum(state in KILLED for state in states)
        percent = f"{share(states):.1%}" if states else "none"
        lines.append(f"{module:36}{len(states):8}{killed:8}{len(states) - killed:8}{percent:>8}")
    return "\n".join(lines)


def _mutmut(*arguments: str, stdout: TextIO | None = None) -> None:
    environment = {**os.environ, "STUDY_PROFILE": "mutation", "OMP_NUM_THREADS": "1"}
    # The mutated copy lies one folder deeper than the folder of published runs is looked for.
    shared = ROOT / (environment.pop("STUDY_SHARED", "") or "../shared")
    if shared.is_dir():
        environment["STUDY_SHARED"] = str(shared.resolve())
    command = [sys.executable, "-m", "mutmut", *arguments]
    code = subprocess.run(command, cwd=ROOT, env=environment, stdout=stdout, check=False).returncode
    if code:
        sys.exit(f"mutmut {arguments[0]}: expected exit code 0, found {code}")


if __name__ == "__main__":
    sys.exit(main())
