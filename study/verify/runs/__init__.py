"""Decide whether two runs of one network agree, and if not, why; find swapped networks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from study.comparison.word_lists import WordList, source_of
from study.progress import counted
from study.verify.reading.descriptions import Table, fold, folded
from study.verify.reading.known import Known, assignment
from study.verify.runs.agreement import Features, Pairing, measure, pair_units
from study.verify.runs.alignment import missing_units, moves
from study.verify.runs.diagnosis import MIN_UNITS, PASSING, diagnose
from study.verify.runs.flips import KINDS
from study.verify.runs.records import ADVICE, RECORDS, contradictions, other_entries, with_records
from study.verify.runs.ties import weighed
from study.verify.runs.vocabularies import with_lists
from study.verify.verdict import (
    FAILED,
    NOTE,
    OK,
    UNDECIDED,
    Cause,
    Check,
    Verdict,
    joined,
    ranked,
    verdict_of,
    worst,
)

_FACTS = frozenset({"other_layers", "defective_table"})
"""Causes that are observed, not inferred: with them a run is not reproduced, whatever agrees."""
_APART = frozenset({"other_probe", "other_concepts", "swapped_or_other_network", "unrelated"})
"""Causes that changed numbers or a few other images cannot imitate."""


def verify_runs(
    a: Table, b: Table, *, lists: Sequence[WordList] = (), known: Known | None = None
) -> Verdict:
    """Compare two dissections of one network and diagnose their difference.

    The exit code is 0 for identical tables and numeric noise, 1 for any other diagnosis, and 3 if
    there are too few units to tell. Missing layers and units are findings like others. Equal
    tables stay a reproduction where the runs' records differ, but the verdict then says so.

    Parameters
    ----------
    a, b
        The tables; `a` is the one to compare against.
    lists
        Concept lists that labels may come from, besides the known ones.
    known
        Facts to use in place of those of the assignment.
    """
    checks = [
        Check("table", NOTE, defect.message, place=f"{table.name} {table.path.name}")
        for table in (a, b)
        for defect in table.defects[:20]
    ]
    pairing = pair_units(a, b)
    causes = _defective(a, b, pairing)
    if spelling := _respelt(pairing):
        causes += spelling
        a, b = folded(a), folded(b)
        pairing = pair_units(a, b)
    texts, explained = moves(a, b)
    if texts:
        checks += [Check("layers and units", FAILED, text) for text in texts]
        causes.append(Cause("other_layers", 1.0, tuple(texts)))
    else:
        both = "both tables have the same layers and units"
        checks.append(Check("layers and units", OK, both))
    in_place = pairing.where(~np.isin(pairing.layers, list(explained)))
    if len(in_place):
        features = measure(in_place)
        layers = {
            layer: measure(part, words=in_place.labels_a)
            for layer, part in in_place.by_layer().items()
            if len(part) >= MIN_UNITS
        }
        checks += _measured(features, layers)
        causes += _diagnosed(features, layers)
    lists = (*(known or assignment()).lists, *lists)
    causes, list_checks = with_lists(causes, a, b, lists)
    causes = with_records(causes, a, b)
    sources = [source_of(table.labels(), lists) for table in (a, b)]
    causes, untold = weighed(causes, in_place, sources)
    checks += [*list_checks, *other_entries(a, b)]
    if untold:
        checks.append(Check("changed labels", NOTE, untold))
    remarks = [*([untold] if untold else []), *_less(a, b)]
    if apart := contradictions(a, b):
        text = f"the runs' records differ: {'; '.join(apart)}"
        checks.append(Check(RECORDS, NOTE, text, advice=ADVICE))
        remarks.append(text)
    return _verdict(f"{a.name} against {b.name}", len(pairing), causes, checks, remarks)


def verify_pairs(
    first: tuple[Table, Table],
    second: tuple[Table, Table],
    *,
    lists: Sequence[WordList] = (),
    known: Known | None = None,
) -> Verdict:
    """Compare two runs of two networks each, and decide whether the networks are swapped.

    Each network is compared with the one in its own place and with the one in the other place.
    If both agree better crosswise (at least .2 more labels equal beyond chance), the networks are
    swapped, and the other differences are those of the crossed pairs.
    """
    direct = [_beyond_chance(a, b) for a, b in zip(first, second, strict=True)]
    crossed = [_beyond_chance(a, b) for a, b in zip(first, second[::-1], strict=True)]
    swapped = all(across > own + 0.2 for own, across in zip(direct, crossed, strict=True))
    pairs = zip(first, second[::-1] if swapped else second, strict=True)
    verdicts = [
        verify_runs(a, b, lists=lists, known=known).about(f"{a.name} ~ {b.name}") for a, b in pairs
    ]
    placed = Check(
        "networks in their places",
        FAILED if swapped else OK,
        f"labels equal beyond chance: as given {direct[0]:.1%} and {direct[1]:.1%}, crosswise "
        f"{crossed[0]:.1%} and {crossed[1]:.1%}",
        advice="swap the two runs of one side, or their names" if swapped else "",
    )
    apart = [v for v in verdicts if any(check.check == RECORDS for check in v.checks)]
    sentence = worst([*apart, *verdicts]).verdict
    causes = [cause for verdict in verdicts for cause in verdict.causes]
    if swapped:
        sentence = "the networks are swapped between the two runs"
        a, b, c, d = (table.name for table in (*first, *second))
        text = f"{a} agrees with {d}, and {b} with {c}: {sentence}"
        causes = [cause for cause in causes if cause.cause not in PASSING]
        causes.insert(0, Cause("swapped_or_other_network", 1.0, (text,)))
    checks = [placed, *(check for verdict in verdicts for check in verdict.checks)]
    return verdict_of("runs", sentence, checks, joined(causes))


def _respelt(pairing: Pairing) -> list[Cause]:
    """Return the cause if many labels differ in case or spacing alone."""
    pairs = list(zip(pairing.labels_a, pairing.labels_b, strict=True))
    respelt = [f"{a!r} and {b!r}" for a, b in pairs if a != b and fold(a) == fold(b)]
    if len(respelt) < max(3, 0.05 * len(pairs)):
        return []
    examples = ", ".join(respelt[:3])
    text = f"{len(respelt)} of {len(pairs)} labels differ in case or spacing alone: {examples}"
    return [Cause("label_spelling", 1.0, (text,))]


def _diagnosed(features: Features, layers: Mapping[str, Features]) -> list[Cause]:
    """Diagnose all units together, or each layer by itself if their diagnoses clearly differ.

    A layer taken from another network would drown in the average of the others.
    """
    if features.units < MIN_UNITS:
        return [cause for cause in diagnose(features) if cause.cause == "identical"]
    by_layer = [diagnose(own, where=f"{layer}: ") for layer, own in layers.items()]
    likeliest = [causes[0] for causes in by_layer if causes]
    names = {cause.cause for cause in likeliest}
    if len(names) > 1 and names & _APART and names - _APART:
        return [cause for cause in likeliest if cause.cause not in PASSING]
    causes = diagnose(features)
    return [cause for cause in causes if cause.cause == "identical"] or list(causes)


def _less(a: Table, b: Table) -> list[str]:
    """Return why equal tables are less than a reproduction: one file, or defects in both.

    Defects of one table alone are a cause, see `_defective`.
    """
    texts = []
    if a.path.is_file() and b.path.is_file() and a.path.samefile(b.path):
        texts.append("both are one file, so nothing was reproduced")
    of_b = {defect.message for defect in b.defects}
    if both := [defect.message for defect in a.defects if defect.message in of_b]:
        texts.append(f"{counted(len(both), 'defects')} in both tables, such as: {both[0]}")
    return texts


def _defective(a: Table, b: Table, pairing: Pairing) -> list[Cause]:
    """Return the defects that only one of the tables has.

    They explain the difference if no more units are missing or relabelled than rows are defective.
    """
    in_a, in_b = ({defect.message: None for defect in table.defects} for table in (a, b))
    texts = [f"{a.name}: {message}" for message in in_a if message not in in_b]
    texts += [f"{b.name}: {message}" for message in in_b if message not in in_a]
    if not texts:
        return []
    changed = missing_units(a, b) + int((pairing.labels_a != pairing.labels_b).sum())
    strength = 1.0 if 0 < changed <= len(texts) else 0.75
    return [Cause("defective_table", strength, tuple(texts[:20]))]


def _measured(features: Features, layers: Mapping[str, Features]) -> list[Check]:
    checks = [
        Check(
            "labels agree",
            NOTE,
            f"{own.agreement:.1%} of {own.units} units; chance gives {own.chance:.1%}",
            place=layer,
            facts=asdict(own),
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
        counts = ", ".join(f"{count} {kind}" for kind, count in features.flips.items())
        kinds = "; ".join(f"{kind}: {text}" for kind, text in KINDS.items())
        checks.append(Check("changed labels", NOTE, f"{counts} ({kinds})"))
    if features.by_margin:
        shares = ", ".join(f"up to {top:.2g}: {share:.1%}" for top, _, share in features.by_margin)
        checks.append(Check("agreement by margin", NOTE, shares))
    return checks


def _verdict(
    title: str, units: int, causes: list[Cause], checks: list[Check], remarks: Sequence[str]
) -> Verdict:
    ordered = ranked(causes)
    failing = tuple(cause for cause in ordered if cause.cause not in PASSING)
    observed = any(cause.cause in _FACTS for cause in failing)
    status, named = FAILED, failing
    if ordered and ordered[0].cause in PASSING and not observed:
        status, named = OK, ordered
    elif not failing and units < MIN_UNITS:
        status = UNDECIDED
    if named:
        text = named[0].cause.replace("_", " ")
        sentence = f"{'' if status == OK else 'not '}reproduced ({text})"
        sentence = "; ".join([sentence, *(remarks if status == OK else [])])
    elif status == FAILED:
        sentence = text = "the tables differ, and no known cause explains it"
    else:
        sentence = text = f"the tables share {units} units, too few to tell (at least {MIN_UNITS})"
    checks.append(Check("diagnosis", status, text))
    return verdict_of("runs", f"{title}: {sentence}", checks, named)


def _beyond_chance(a: Table, b: Table) -> float:
    pairing = pair_units(a, b)
    return measure(pairing).beyond_chance if len(pairing) else 0.0
