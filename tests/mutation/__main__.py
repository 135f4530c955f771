"""``python -m tests.mutation``: plant every fault that mutmut knows, count those that tests see.

What is mutated, and by which tests it is judged, stands in ``[tool.mutmut]`` of pyproject.toml.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MUTANTS = ROOT / "mutants"
LEAST = 0.9
KILLED = {"killed", "timeout", "segfault", "suspicious"}
"""A mutant that hangs or crashes is as dead as one that fails a test."""


def main(arguments: list[str] | None = None) -> int:
    """Print what was killed by module, and each survivor; 1 if too many survived, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("mutants", nargs="*", help="names or patterns (default: all)")
    parser.add_argument("--resume", action="store_true", help="keep what an earlier run found")
    parser.add_argument("--processes", type=int, default=1, help="mutants tried at a time")
    options = parser.parse_args(arguments)
    if not options.resume:
        shutil.rmtree(MUTANTS, ignore_errors=True)
    _run("run", "--max-children", str(options.processes), *options.mutants)
    found = statuses()
    sys.stdout.write(table(found))
    for name, state in sorted((n, state) for part in found.values() for n, state in part.items()):
        if state != "killed":
            sys.stdout.write(f"\n{name} ({state})\n{_changed_lines(name)}")
    return verdict(found)


def statuses() -> dict[str, dict[str, str]]:
    """Return each module's mutants and what became of them; those not tried are left out."""
    from mutmut.stats import status_by_exit_code

    found: dict[str, dict[str, str]] = {}
    for path in sorted(MUTANTS.rglob("*.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        states = {name: status_by_exit_code[code] for name, code in codes.items()}
        tried = {name: state for name, state in states.items() if state != "not checked"}
        if tried:
            found[path.relative_to(MUTANTS).as_posix().removesuffix(".meta")] = tried
    return found


def share(states: list[str]) -> float:
    """Return the share of mutants that were noticed; one that no test runs was not."""
    return sum(state in KILLED for state in states) / len(states)


def verdict(found: Mapping[str, Mapping[str, str]]) -> int:
    """Return 0 if so many of all mutants were noticed, else 1; also 1 where none was tried."""
    every = [state for part in found.values() for state in part.values()]
    return 0 if every and share(every) >= LEAST else 1


def table(found: Mapping[str, Mapping[str, str]]) -> str:
    """Return the counts by module and in all."""
    rows = {module: list(part.values()) for module, part in found.items()}
    rows["all"] = [state for part in rows.values() for state in part]
    lines = [f"{'':36}{'mutants':>8}{'killed':>8}{'alive':>8}{'share':>8}"]
    for module, states in rows.items():
        killed = sum(state in KILLED for state in states)
        percent = f"{share(states):.1%}" if states else "none"
        lines.append(f"{module:36}{len(states):8}{killed:8}{len(states) - killed:8}{percent:>8}")
    return "\n".join(lines) + "\n"


def _changed_lines(name: str) -> str:
    difference = _run("show", name, capture=True).splitlines()
    return "".join(
        f"  {line}\n"
        for line in difference
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    )


def _run(*arguments: str, capture: bool = False) -> str:
    shared = os.environ.get("STUDY_SHARED")
    environment = {
        **os.environ,
        "STUDY_PROFILE": "mutation",
        "OMP_NUM_THREADS": "1",
        # The mutated copy lies one folder deeper, where the published runs are not beside it.
        "STUDY_SHARED": str((ROOT / shared) if shared else ROOT.parent / "shared"),
    }
    if not Path(environment["STUDY_SHARED"]).is_dir():
        del environment["STUDY_SHARED"]
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE if capture else sys.stderr,
        check=False,
    )
    if done.returncode:
        sys.exit(f"mutmut {arguments[0]}: expected exit code 0, found {done.returncode}")
    return done.stdout or ""


if __name__ == "__main__":
    sys.exit(main())
