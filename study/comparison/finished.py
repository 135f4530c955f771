"""Finished dissections, for use from Python: load one, compare two."""

from collections.abc import Mapping
from pathlib import Path

from study.comparison.conditions import check_comparable
from study.comparison.null import hands_for
from study.comparison.pair import Comparison, compared
from study.comparison.pairing import mapped
from study.comparison.sides import Sides
from study.dissection.loaded import load_runs
from study.dissection.run import Run
from study.errors import StudyError


def load_run(path: str | Path, *, name: str | None = None) -> Run:
    """Load a finished dissection: this program's folder, or any tool's ``descriptions.csv``.

    Parameters
    ----------
    path
        The folder or the file.
    name
        The network's name; by default what the files say, else the folder's name.

    Raises
    ------
    StudyError
        If there is no table, or it is defective.
    """
    return load_runs([Path(path).expanduser()], names=None if name is None else [name])[0]


def compare(
    a: Run,
    b: Run,
    *,
    layers: Mapping[str, str] | None = None,
    common_layers: bool = False,
    allow_different_inputs: bool = False,
    permutations: int | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare what the units of two networks respond to, by layer and overall.

    Dead units are left out. The null redeals units and scores them anew where the two were
    dissected together, else it redeals labels within layers.

    Parameters
    ----------
    a, b
        The dissections.
    layers
        Layer of A to layer of B, where their names differ.
    common_layers
        Compare only the layers that both have.
    allow_different_inputs
        Compare although probe, words, encoder or settings differ; nothing is tested then.
    permutations, seed
        Size and seed of a null of redealt labels.

    Raises
    ------
    StudyError
        If the inputs or the layers differ, which is not allowed.
    """
    for run in (a, b):
        if not isinstance(run, Run):
            raise StudyError(f"compare: expected two dissections, found {type(run).__name__}")
    if not allow_different_inputs:
        check_comparable([a, b])
    mapping = mapped(a.dissection, b.dissection, layers=layers, common_layers=common_layers)
    sides = Sides(a, b, mapping)
    hands = permutations or hands_for(len(mapping) + 1)
    tallies, kind = sides.tallies({"permutations": hands, "seed": seed})
    names = (a.name, b.name) if a.name != b.name else (f"{a.name} (1)", f"{b.name} (2)")
    return compared(names, mapping, sides.labels(), tallies, kind=kind)
