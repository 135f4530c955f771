"""Finished dissections, for use from Python: load one, compare two."""

from collections.abc import Mapping
from pathlib import Path

from study.comparison.conditions import check_comparable, conditions
from study.comparison.null import LABELS, hands_for
from study.comparison.pair import Comparison, compared
from study.comparison.pairing import Pairing, check_given, pair_layers
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
    by_depth: bool = False,
    overall_only: bool = False,
    common_layers: bool = False,
    allow_different_inputs: bool = False,
    same_network: bool = False,
    permutations: int | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare what the units of two networks respond to, by layer and overall.

    Dead units are left out. The null redeals units and scores them anew where the two were
    dissected together and their layers have the same names, else it redeals labels within layers.

    Parameters
    ----------
    a, b
        The dissections.
    layers
        Layer of A to layer of B, where their names differ.
    by_depth
        Compare the first layer with the first, the second with the second and so on.
    overall_only
        Compare all units of the one with all units of the other, whatever their layers.
    common_layers
        Compare only the layers that both have.
    allow_different_inputs
        Compare although probe, words, encoder or settings differ; nothing is tested then.
    same_network
        The two are states of one network, whose inputs may differ; nothing is tested either.
        `write_report` compares such states unit by unit.
    permutations, seed
        Size and seed of a null of redealt labels.

    Returns
    -------
    Comparison
        ``layers["NAME"]`` and ``overall`` have ``jaccard``, ``overlap`` and ``null`` (None where
        nothing is tested); ``to_frame``, ``to_json`` and ``save`` hold all of it.

    Raises
    ------
    StudyError
        If the inputs or the layers differ, which is not allowed.
    """
    for run in (a, b):
        if not isinstance(run, Run):
            raise StudyError(f"compare: expected two dissections, found {type(run).__name__}")
    if layers is not None and not isinstance(layers, Mapping):
        raise StudyError(
            f"compare: layers: expected layers of A with those of B, found {type(layers).__name__}"
        )
    for name, number, least in (("permutations", permutations, 1), ("seed", seed, 0)):
        if number is not None and (type(number) is not int or number < least):
            raise StudyError(
                f"compare: {name}: expected a whole number from {least}, found {number!r}"
            )
    if not (allow_different_inputs or same_network):
        check_comparable([a, b])
    tested = not same_network and not conditions(a, b).differ
    rule = Pairing(
        tuple((layers or {}).items()), by_depth, overall_only, common_layers, layers is not None
    )
    check_given((a.dissection, b.dissection), rule)
    paired = pair_layers(a.dissection, b.dissection, rule.checked())
    sides = Sides.of(a, b, paired)
    hands = permutations or hands_for(len(paired.layers) + 1, len(paired.layers))
    null = {"permutations": hands, "seed": seed}
    tallies, kind = sides.tallies(null) if tested else ({}, LABELS)
    names = (a.name, b.name) if a.name != b.name else (f"{a.name} (1)", f"{b.name} (2)")
    return compared(names, paired.layers, sides.labels(), tallies, kind=kind)
