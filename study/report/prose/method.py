"""How the comparison was made, where something is compared."""

from markupsafe import Markup

from study.report.pen import Pen, say
from study.report.prose.places import compared_pairs, networks


def comparing(pen: Pen) -> list[tuple[str, Markup]]:
    """Write the steps of the comparison, each under a word of its own."""
    steps = []
    pairs = compared_pairs(pen)
    if pairs:
        steps = [("layers", _layers()), ("chance", _chance(pen))]
        steps.append(
            (
                "word forms",
                say(
                    "The count is repeated with {}.",
                    pen.t(f"{pairs[0]}.variants.merged.method", 300),
                ),
            )
        )
        steps.append(
            (
                "concepts that tell networks apart",
                say(
                    "{}, where A and B stand for the networks in the order of the tables.",
                    pen.t(f"{pairs[0]}.separating.method", 300),
                ),
            )
        )
    every = networks(pen, controls=True)
    if any(pen.get(f"{key}.{part}") for key in every for part in ("stability", "truth")):
        known = [kind for kind in ("mean", "share", "difference") if pen.get(f"intervals.{kind}")]
        shown = Markup("; ").join(pen.t(f"intervals.{kind}", 300) for kind in known)
        steps.append(("intervals in brackets", say("{}.", shown)))
    return steps


def _layers() -> Markup:
    return say(
        "Each layer is compared by itself, then all layers together. There, a concept that "
        "several layers name still counts as the same concept, so the totals are no sums."
    )


def _chance(pen: Pen) -> Markup:
    return say(
        "The labels of a layer's units in either network are pooled and dealt out again at random, "
        "{} times (seed {}); for the total, those of all layers. An overlap counts as different "
        "from chance where its p, taken for either side and corrected by Holm's method for the "
        "number of statements about the same comparison, is at most what a level of {} leaves.",
        pen.n("null.permutations"),
        pen.n("null.seed"),
        pen.n("null.level", "percent"),
    )
