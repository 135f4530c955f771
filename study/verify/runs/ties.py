"""Tell changed labels that a tie between two words explains from those that no noise can change."""

from collections.abc import Iterable, Sequence

import numpy as np

from study.comparison.word_lists import WordList
from study.verify.runs.agreement import Pairing
from study.verify.verdict import Cause, ranked

REACH = 4
"""Noise takes a label's lead only if the lead is at most this many times the largest difference
seen at units with equal labels: two similarities move, and those seen are a sample."""
_SHOWN = 20


def weighed(
    causes: Sequence[Cause], pairing: Pairing, sources: Iterable[WordList | None]
) -> tuple[list[Cause], str]:
    """Look at each label that changed where numeric noise is the likeliest cause.

    Noise changes a label only where its lead over the next word, which ``labels.csv`` of either run
    states as its margin, is no larger than noise moves similarities. It moves no similarity much
    further than those of the units whose labels are equal, and it brings in no word from outside
    the list of concepts. A label that changed otherwise was edited.

    Parameters
    ----------
    causes
        Those that fit the two tables.
    pairing
        The units of both tables.
    sources
        The concept lists that the labels of the tables fit, where they are known.

    Returns
    -------
    tuple
        The causes, and a sentence on what cannot be told; "" if all can.
    """
    if not causes or ranked(causes)[0].cause != "numeric_noise":
        return list(causes), ""
    edited, untold = _changed(pairing, sources)
    if edited:
        others = [c for c in causes if c.cause not in {"numeric_noise", "edited_table"}]
        return [Cause("edited_table", 1.0, tuple(edited[:_SHOWN])), *others], ""
    if not untold:
        return list(causes), ""
    number = f"{len(untold)} changed label{'s' if len(untold) > 1 else ''}"
    text = f"margins not stated for {number}, so a tie cannot be told from an edit"
    told = [
        Cause(c.cause, c.confidence, (*c.evidence, *untold[:_SHOWN]))
        if c.cause == "numeric_noise"
        else c
        for c in causes
    ]
    return told, text


def _changed(pairing: Pairing, sources: Iterable[WordList | None]) -> tuple[list[str], list[str]]:
    """Return the changed labels that noise cannot have changed, and those of unknown margin."""
    equal = pairing.labels_a == pairing.labels_b
    gaps = np.abs(pairing.similarities_a - pairing.similarities_b)
    seen = gaps[equal & np.isfinite(gaps)]
    reach = REACH * float(seen.max()) if len(seen) else float("nan")
    leads = np.fmax(pairing.margins, pairing.margins_b)
    new = {*pairing.labels_a, *pairing.labels_b} - set(pairing.labels_a[equal])
    listed = {source for source in sources if source is not None}
    outside = {word: source.name for source in listed for word in source.outside(new)}
    limit = f"by noise {reach:.2g} at most"
    edited, untold = [], []
    for row in np.flatnonzero(~equal):
        words = pairing.labels_b[row], pairing.labels_a[row]
        text = f"{pairing.layers[row]} unit {pairing.units[row]}: found {words[0]!r}, expected "
        text += f"{words[1]!r}"
        foreign = next((word for word in words if word in outside), None)
        if leads[row] > reach:
            edited.append(f"{text}: a margin of {leads[row]:.2g} lost, {limit}")
        elif gaps[row] > reach:
            edited.append(f"{text}: similarities {gaps[row]:.2g} apart, {limit}")
        elif foreign is not None:
            edited.append(f"{text}: {foreign!r} is not in {outside[foreign]}")
        elif not leads[row] <= reach:  # either is not stated
            untold.append(text)
    return edited, untold
