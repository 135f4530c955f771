"""Two runs of one network: whether they agree, and why not; exchanged networks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from study.errors import Exit
from study.verify.alignment import Moves, missing_units, moves
from study.verify.concept_lists import WordList, source_of
from study.verify.diagnosis import diagnose, reported
from study.verify.features import Features, Pairing, measure, pair_units
from study.verify.flips import KINDS
from study.verify.known import Known, assignment
from study.verify.signs import MIN_UNITS, PASSING
from study.verify.tables import Table, fold, folded
from study.verify.verdict import FAILED, NOTE, OK, UNDECIDED, Cause, Check, Verdict, ranked

_FACTS = frozenset({"other_layers", "defective_table"})
"""Causes that are seen, not inferred: with them a run is not reproduced, whatever else agrees."""
_APART = frozenset({"other_probe", "other_concepts", "swapped_or_other_network", "unrelated"})
"""Causes that a mere change of numbers or of some images cannot look like."""


def verify_runs(
    a: Table, b: Table, *, lists: Sequence[WordList] = (), known: Known | None = None
) -> Verdict:
    """Compare two dissections of one network and diagnose their difference.

    Identical tables and numeric noise answer 0, any other diagnosis 1, and 3 where there is too
    little to tell. A layer or unit that one table lacks is a finding like others.

    Parameters
    ----------
    a, b
        The tables; `a` is the one to compare against.
    lists
        Concept lists that labels may come from, besides the known ones.
    """
    checks = [*_defects(a), *_defects(b)]
    causes = _defective(a, b)
    if spelling := _respelt(pair_units(a, b)):
        causes.append(spelling)
        a, b = folded(a), folded(b)
    moved = moves(a, b)
    pairing = pair_units(a, b)
    checks += _structure(moved)
    causes += [Cause("other_layers", 1.0, moved.texts)] if moved.texts else []
    kept = _without(pairing, moved)
    if len(kept):
        features = measure(kept)
        layers = {
            layer: measure(part, words=kept.labels_a)
            for layer in dict.fromkeys(kept.layers)
            if len(part := kept.only({layer})) >= MIN_UNITS
        }
        checks += _measured(features, layers)
        causes += _diagnosed(features, layers)
    causes, list_checks = _with_lists(causes, a, b, (*(known or assignment()).lists, *lists))
    checks += [*list_checks, *_stated(a, b)]
    return _verdict(f"{a.name} against {b.name}", len(pairing), causes, checks)


def verify_pairs(
    first: tuple[Table, Table],
    second: tuple[Table, Table],
    *,
    lists: Sequence[WordList] = (),
    known: Known | None = None,
) -> Verdict:
    """Compare two runs of two networks each, and say whether the networks are exchanged.

    Each network is compared with the one in its own place and with the one in the other place.
    Where both agree better crosswise (at least .2 more labels equal beyond chance), the networks
    are exchanged, and what else differs is told of the crossed pairs.
    """
    direct = [_beyond(a, b) for a, b in zip(first, second, strict=True)]
    crossed = [_beyond(a, b) for a, b in zip(first, second[::-1], strict=True)]
    swapped = all(across > own + 0.2 for own, across in zip(direct, crossed, strict=True))
    pairs = list(zip(first, second[::-1] if swapped else second, strict=True))
    verdicts = [verify_runs(a, b, lists=lists, known=known) for a, b in pairs]
    checks = [
        Check(
            "networks in their places",
            FAILED if swapped else OK,
            f"labels equal beyond chance: as given {direct[0]:.1%} and {direct[1]:.1%}, crosswise "
            f"{crossed[0]:.1%} and {crossed[1]:.1%}",
            advice="exchange the two runs of one side, or their names" if swapped else "",
        )
    ]
    causes: list[Cause] = []
    for (a, b), verdict in zip(pairs, verdicts, strict=True):
        checks += [_placed(check, f"{a.name} ~ {b.name}") for check in verdict.checks]
        causes += [_told(cause, f"{a.name} ~ {b.name}") for cause in verdict.causes]
    if swapped:
        causes = [cause for cause in causes if cause.cause not in PASSING]
        text = (
            f"{first[0].name} agrees with {second[1].name}, and {first[1].name} with "
            f"{second[0].name}: the networks are swapped between the two runs"
        )
        causes = [Cause("swapped_or_other_network", 1.0, (text,)), *causes]
        sentence = "the networks are swapped between the two runs"
        return Verdict("runs", Exit.FAILED, sentence, _merged(causes), tuple(checks))
    worst = max(verdicts, key=lambda verdict: _SEVERITY[verdict.exit])
    return Verdict("runs", worst.exit, worst.verdict, _merged(causes), tuple(checks))


_SEVERITY = {Exit.OK: 0, Exit.UNDECIDED: 1, Exit.FAILED: 2}


def _respelt(pairing: Pairing) -> Cause | None:
    """Say whether many labels differ in case or spacing alone; they are then compared without."""
    pairs = list(zip(pairing.labels_a, pairing.labels_b, strict=True))
    respelt = [(a, b) for a, b in pairs if a != b and fold(a) == fold(b)]
    if len(respelt) < max(3, 0.05 * len(pairs)):
        return None
    examples = ", ".join(f"{a!r} and {b!r}" for a, b in respelt[:3])
    text = f"{len(respelt)} of {len(pairs)} labels differ in case or spacing alone: {examples}"
    return Cause("label_spelling", 1.0, (text,))


def _without(pairing: Pairing, moved: Moves) -> Pairing:
    """Leave out layers whose rows stand elsewhere: what they show is explained already."""
    return pairing.only(frozenset(pairing.layers) - moved.explained)


def _diagnosed(features: Features, layers: Mapping[str, Features]) -> list[Cause]:
    """Diagnose all units together, or layer by layer where layers clearly tell different stories.

    A layer taken from another network would drown in the average of the others.
    """
    if features.units < MIN_UNITS:
        whole = diagnose(features)
        return [cause for cause in whole if cause.cause == "identical" and cause.confidence == 1]
    by_layer = {layer: reported(diagnose(own, where=f"{layer}: ")) for layer, own in layers.items()}
    tops = {causes[0].cause for causes in by_layer.values() if causes}
    if len(tops) > 1 and tops & _APART and tops - _APART:
        mixed = [causes[0] for causes in by_layer.values() if causes]
        return [cause for cause in mixed if cause.cause not in PASSING]
    causes = reported(diagnose(features))
    return [cause for cause in causes if cause.cause == "identical"] or list(causes)


def _with_lists(
    causes: list[Cause], a: Table, b: Table, lists: Sequence[WordList]
) -> tuple[list[Cause], list[Check]]:
    """Add what the vocabulary of the labels tells about the concept lists behind them."""
    from_a, from_b = (source_of(table.labels(), lists) for table in (a, b))
    checks = [
        Check("concept list", NOTE, f"the labels fit {source.name}", place=table.name)
        for table, source in ((a, from_a), (b, from_b))
        if source is not None
    ]
    if from_a is None or from_b is None or from_a.count == from_b.count:
        return causes, checks
    wider, source = (a, from_b) if from_b.count < from_a.count else (b, from_a)
    outside = source.outside(wider.labels())
    evidence = (
        f"the labels of {a.name} fit {from_a.name}, those of {b.name} fit {from_b.name}",
        f"{len(outside)} words of {wider.name} are certainly not in {source.name}",
    )
    others = [cause for cause in causes if cause.cause not in {"edited_table", "other_concepts"}]
    old = [text for c in causes if c.cause == "other_concepts" for text in c.evidence]
    strength = 1.0 if len(outside) >= 5 else 0.6
    return [Cause("other_concepts", strength, (*evidence, *old)), *others], checks


def _defects(table: Table) -> list[Check]:
    return [
        Check("table", NOTE, defect.message, place=f"{table.name} {table.path.name}")
        for defect in table.defects[:20]
    ]


def _defective(a: Table, b: Table) -> list[Cause]:
    """Name what is wrong with one table and not with the other.

    Where no more units are missing or relabelled than rows are defective, the defects are why.
    """
    told = [{defect.message: table.name for defect in table.defects} for table in (a, b)]
    new = [
        f"{name}: {message}"
        for one, other in (told, told[::-1])
        for message, name in one.items()
        if message not in other
    ]
    pairing = pair_units(a, b)
    pairs = zip(pairing.labels_a, pairing.labels_b, strict=True)
    changed = missing_units(a, b) + sum(one != two for one, two in pairs)
    sure = 1.0 if 0 < changed <= len(new) else 0.75
    return [Cause("defective_table", sure, tuple(new[:20]))] if new else []


def _structure(moved: Moves) -> list[Check]:
    if not moved.texts:
        return [Check("layers and units", OK, "both tables have the same layers and units")]
    return [Check("layers and units", FAILED, text) for text in moved.texts]


def _measured(features: Features, layers: Mapping[str, Features]) -> list[Check]:
    checks = [
        Check(
            "labels agree",
            NOTE,
            f"{own.agreement:.1%} of {own.units} units; chance gives {own.chance:.1%}",
            place=layer,
            facts=own.to_json(),
        )
        for layer, own in {"all layers": features, **layers}.items()
    ]
    if features.max_difference is not None:
        text = (
            f"|difference|: median {features.median_difference:.2g}, 95th percentile "
            f"{features.high_difference:.2g}, maximum {features.max_difference:.2g}"
        )
        if features.slope is not None:
            text += f"; slope over units with equal labels {features.slope:.3f}"
        checks.append(Check("similarities", NOTE, text))
    if any(features.flips.values()):
        counted = ", ".join(f"{count} {kind}" for kind, count in features.flips.items())
        told = "; ".join(f"{kind}: {text}" for kind, text in KINDS.items())
        checks.append(Check("changed labels", NOTE, f"{counted} ({told})"))
    if features.by_margin:
        shown = ", ".join(f"up to {top:.2g}: {share:.1%}" for top, _, share in features.by_margin)
        checks.append(Check("agreement by margin", NOTE, shown))
    return checks


def _stated(a: Table, b: Table) -> list[Check]:
    """Name the settings in which the two runs' own records differ."""
    return [
        Check(
            f"stated {key}",
            NOTE,
            f"{a.name} states {a.args[key]!r}, {b.name} states {b.args[key]!r}",
        )
        for key in sorted(set(a.args) & set(b.args))
        if str(a.args[key]) != str(b.args[key])
    ]


def _verdict(title: str, units: int, causes: list[Cause], checks: list[Check]) -> Verdict:
    ordered = ranked(causes)
    failing = [cause for cause in ordered if cause.cause not in PASSING]
    passing = [cause for cause in ordered if cause.cause in PASSING]
    sure = any(cause.cause in _FACTS for cause in failing)
    if ordered and ordered[0] in passing and not sure:
        text = ordered[0].cause.replace("_", " ")
        checks.append(Check("diagnosis", OK, text))
        return Verdict("runs", Exit.OK, f"{title}: reproduced ({text})", ordered, tuple(checks))
    if failing:
        text = failing[0].cause.replace("_", " ")
        checks.append(Check("diagnosis", FAILED, text))
        sentence = f"{title}: not reproduced ({text})"
        return Verdict("runs", Exit.FAILED, sentence, tuple(failing), tuple(checks))
    if units < MIN_UNITS:
        text = f"expected at least {MIN_UNITS} units in both tables, found {units}"
        checks.append(Check("diagnosis", UNDECIDED, text))
        return Verdict("runs", Exit.UNDECIDED, f"{title}: {text}", (), tuple(checks))
    text = "the tables differ, and no known cause explains it"
    checks.append(Check("diagnosis", FAILED, text))
    return Verdict("runs", Exit.FAILED, f"{title}: {text}", (), tuple(checks))


def _beyond(a: Table, b: Table) -> float:
    pairing = pair_units(a, b)
    return measure(pairing).beyond_chance if len(pairing) else 0.0


def _placed(check: Check, pair: str) -> Check:
    return replace(check, place=f"{pair}: {check.place}" if check.place else pair)


def _told(cause: Cause, pair: str) -> Cause:
    return replace(cause, evidence=tuple(f"{pair}: {text}" for text in cause.evidence))


def _merged(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """Join causes of one name: the highest confidence, all evidence."""
    names = dict.fromkeys(cause.cause for cause in ranked(causes))
    same = {name: [cause for cause in causes if cause.cause == name] for name in names}
    return ranked(
        [
            Cause(name, max(c.confidence for c in ones), tuple(t for c in ones for t in c.evidence))
            for name, ones in same.items()
        ]
    )
