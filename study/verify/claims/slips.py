"""How a true number turns into the claimed one: each returns the reason, or `None`."""

from collections.abc import Mapping

from study.verify.claims.quantities import FRACTIONS, NUMBERS, known
from study.verify.claims.questions import Question, formatted


def off_by_one(question: Question, true: float) -> str | None:
    """Compare a count with the one before and the one after."""
    claimed = question.number()
    whole = true.is_integer() and claimed.step >= 1 and claimed.total is None
    if whole and abs(abs(claimed.number - true) - 1) < 1e-9:
        return f"claimed {claimed.text}, found {formatted(true)}"
    return None


def rounding(question: Question, true: float) -> str | None:
    """Look for a last digit that is one too high or too low."""
    claimed = question.number()
    whole = true.is_integer() and claimed.step >= 1
    if not whole and claimed.step / 2 < abs(claimed.number - true) < claimed.step * 1.5:
        return f"{formatted(true)} does not round to {claimed.text}"
    return None


def percent(question: Question, true: float) -> str | None:
    """Look for a fraction written as a percentage, or the other way round."""
    claimed = question.number()
    fraction = question.claim.kind in FRACTIONS
    if fraction and true and any(claimed.scaled(factor).holds(true) for factor in (0.01, 100.0)):
        return f"claimed {claimed.text}, found {formatted(true)}"
    return None


def impossible(question: Question, true: float) -> str | None:
    """Compare with what the number cannot exceed in any run of these networks and layers."""
    claimed, kind, limit = question.number(), question.claim.kind, 1.0
    if kind not in {"jaccard", "share"}:
        holders = [question, question.swapped()] if kind == "shared" else [question]
        units = [known(holder, "units") for holder in holders]
        limit = min((count for count in units if count is not None), default=claimed.low)
    if claimed.low > limit:
        return f"claimed {claimed.text}, but {formatted(limit)} is the maximum"
    return None


def other_quantity(question: Question, true: float) -> str | None:
    """Compare a number with the other numbers of the same layer."""
    names = sorted(name for name, kind in NUMBERS.items() if "other_quantity" in kind.mistakes)
    return _fitting(question, true, {name: known(question, name) for name in names})


def other_denominator(question: Question, true: float) -> str | None:
    """Divide the same number by something else."""
    claim, numerator = question.claim, question.claim.of
    if claim.kind == "jaccard":
        numerator, names = "shared", ["unique", "units"]
        union, shared = (known(question, name) or 0 for name in ("union", "shared"))
        others: dict[str, float | None] = {
            "the mean of both networks' unique (Dice)": (union + shared) / 2,
            "the sum of both networks' unique": union + shared,
            "what only one network has": max(union - shared, 1),
        }
    else:
        names = ["only", "shared", "union", "unique", "units"]
        others = {"units of all layers": known(question.changed(layer=None), "units")}
    wholes = {name: known(question, name) for name in names if name != claim.denominator}
    wholes["the other network's unique"] = known(question.swapped(), "unique")
    part = known(question, numerator)
    quotients = {
        f"{numerator} per {name}": part / whole
        for name, whole in (wholes | others).items()
        if part is not None and whole
    }
    return _fitting(question, true, quotients)


def _fitting(question: Question, true: float, others: Mapping[str, float | None]) -> str | None:
    """Return the first other number that fits the claim."""
    claimed = question.number()
    for name, other in others.items():
        if other is not None and claimed.holds(other) and abs(other - true) > 1e-12:
            return f"{name} is {formatted(other)}"
    return None
