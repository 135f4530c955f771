"""Weigh which mistakes explain a report's wrong claims better than chance does."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from study.verify.claims.mistakes import MISTAKES, Explanation
from study.verify.verdict import Cause

LIKELY = 0.08
"""The least confidence with which a mistake is named beside a single claim."""
_UNRELATED = 0.4
"""The share of wrong claims that no known mistake explains."""
_FEW = 0.2
"""How much confidence a cause loses that explains none of the wrong claims best."""
_NONE = 0.8
"""How likely a wrong count is 0, and so agrees with every layer that lacks the word."""
_UNEXPLAINED = 0.5
"""The most probable that chance may be for a claim's likeliest mistake to be named as a cause."""
_RATES = (np.arange(200) + 0.5) / 200
_PRIOR = 1 / _RATES / (1 / _RATES).sum()
"""Shares of a report's claims that a systematic mistake affects, small ones likelier before."""
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong claim: the mistakes that would give it, and the chance that an unrelated one does."""

    id: str
    explanations: Mapping[str, Explanation]
    chance: float


def chance_of(claimed: float, true: float, step: float) -> float:
    """Return how likely an arbitrary wrong number is the claimed one.

    Wrong numbers are mostly near the true one: each distance in digits' steps is taken to be as
    likely as its inverse; and of numbers as large, one in so many has these digits.

    Parameters
    ----------
    claimed, true
        The two numbers.
    step
        One unit of the last claimed digit.
    """
    if claimed == 0:
        return _NONE
    steps = max(abs(claimed - true) / step, 1.0)
    size = max(abs(true) / step, 10.0)
    near = 1 / (2 * steps * (1 + math.log(size)))
    return max(near, min(1.0, step / (4.6 * abs(claimed))))


def weigh(
    wrong: Sequence[Wrong], against: Mapping[str, Sequence[str]]
) -> tuple[dict[str, dict[str, float]], list[Cause]]:
    """Return how surely each mistake explains each wrong claim, and the causes worth naming.

    Bayes' rule with the mistakes' shares as priors. A systematic mistake has an unknown rate r, the
    same for all of a report's claims: those that it explains speak for it, those that it would have
    changed and did not (`against`) speak against it, by the factor 1 - r each.

    Parameters
    ----------
    wrong
        The wrong claims.
    against
        For each systematic mistake, the claims that would read otherwise if it had been made.

    Returns
    -------
    tuple
        For each claim its mistakes, likeliest first, with confidences; and the causes.
    """
    wrong = _specific(wrong)
    single = {name: mistake.share for name, mistake in MISTAKES.items() if not mistake.systematic}
    rates = dict(single)
    present: dict[str, float] = dict.fromkeys(single, 1.0)
    for name, mistake in MISTAKES.items():
        explained = [claim for claim in wrong if name in claim.explanations]
        bars = sum(claim.explanations[name].bars for claim in explained)
        if mistake.systematic and bars >= mistake.least:
            other = [_given(claim, single) for claim in explained]
            own = [claim.explanations[name].likelihood for claim in explained]
            odds, rate = _systematic(own, other, len(against.get(name, ())))
            odds *= 4 * mistake.share
            present[name] = odds / (1 + odds)
            rates[name] = present[name] * rate
    by_claim: dict[str, dict[str, float]] = {}
    likeliest = set()
    for claim in wrong:
        whole = _given(claim, rates)
        posteriors = {
            name: rates[name] * each.likelihood / whole
            for name, each in claim.explanations.items()
            if name in rates
        }
        ranked = sorted(posteriors.items(), key=lambda item: -item[1])
        by_claim[claim.id] = dict(ranked)
        if ranked and _UNRELATED * claim.chance / whole <= _UNEXPLAINED:
            likeliest.add(ranked[0][0])
    causes = []
    for name in MISTAKES:
        shares = {key: p[name] for key, p in by_claim.items() if p.get(name, 0) >= LIKELY}
        doubt = math.prod(1 - share for share in shares.values())
        most = sum(name == next(iter(p), "") for p in by_claim.values()) / max(len(wrong), 1)
        confidence = (1 - doubt) * present.get(name, 0.0) * (1 - _FEW * (1 - most))
        if name in likeliest:
            causes.append(_cause(name, confidence, shares, wrong, against.get(name, ())))
    return by_claim, causes


def _specific(wrong: Sequence[Wrong]) -> list[Wrong]:
    """Return the claims, each with that systematic mistake alone which explains the most claims.

    A swap of names and a series under other labels give the same where counts of a rank are equal.
    """
    names = [name for name, mistake in MISTAKES.items() if mistake.systematic]
    cases = {name: sum(name in claim.explanations for claim in wrong) for name in names}
    kept = []
    for claim in wrong:
        own = [name for name in names if name in claim.explanations]
        less = set(own) - {max(own, key=lambda name: cases[name], default="")}
        texts = {name: each for name, each in claim.explanations.items() if name not in less}
        kept.append(replace(claim, explanations=texts))
    return kept


def _given(claim: Wrong, rates: Mapping[str, float]) -> float:
    """Return how likely a wrong claim reads as it does, by chance or by any of the mistakes."""
    mistakes = [
        rates[name] * each.likelihood for name, each in claim.explanations.items() if name in rates
    ]
    return _UNRELATED * claim.chance + sum(mistakes)


def _systematic(own: Sequence[float], other: Sequence[float], against: int) -> tuple[float, float]:
    """Return the Bayes factor of a systematic mistake, and the share of claims that make it."""
    logs = against * np.log1p(-_RATES)
    for likelihood, without in zip(own, other, strict=True):
        logs = logs + np.log(_RATES * likelihood / without + 1 - _RATES)
    weights = np.exp(logs - logs.max()) * _PRIOR
    factor = min(float(logs.max() + np.log(weights.sum())), 600.0)
    return math.exp(factor), float((weights * _RATES).sum() / weights.sum())


def _cause(
    name: str,
    confidence: float,
    shares: Mapping[str, float],
    wrong: Sequence[Wrong],
    against: Sequence[str],
) -> Cause:
    mistake = MISTAKES[name]
    texts = {claim.id: claim.explanations for claim in wrong}
    head = f"{mistake.text}: explains {len(shares)} of {len(wrong)} wrong claims"
    reasons = [f"for it, {key}: {texts[key][name].text}" for key in shares]
    if against:
        more = f" and {len(against) - _LISTED} more" if len(against) > _LISTED else ""
        listed = ", ".join(against[:_LISTED]) + more
        reasons.append(f"against it, claims that would read otherwise: {listed}")
    return Cause(name, confidence, (head, *reasons))
