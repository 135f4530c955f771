"""Why two tables of one network differ: features in, causes with confidences out."""

from study.verify.features import Features
from study.verify.signs import REPORTED, SIGNS, Alternatives
from study.verify.verdict import Cause, ranked


def diagnose(features: Features, *, where: str = "") -> tuple[Cause, ...]:
    """Return the causes that fit at all, strongest first; equal ones in the order of `SIGNS`.

    A cause is as strong as the weakest group of its signs. Signs that cannot be measured are left
    out; a cause that has no other is not named.
    """
    causes = []
    for cause, groups in SIGNS.items():
        found = [
            strongest
            for group in groups
            if (strongest := _strongest(group, features, where)) is not None
        ]
        strength = min((strength for strength, _ in found), default=0.0)
        if strength > 0:
            causes.append(Cause(cause, strength, tuple(text for _, text in found)))
    return ranked(causes)


def reported(causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Return the causes that are strong enough to be named."""
    return tuple(cause for cause in causes if cause.confidence >= REPORTED)


def _strongest(group: Alternatives, features: Features, where: str) -> tuple[float, str] | None:
    known = [
        (strength, f"{where}{sign.evidence(features)}")
        for sign in group
        if (strength := sign.strength(features)) is not None
    ]
    return max(known, key=lambda one: one[0], default=None)
