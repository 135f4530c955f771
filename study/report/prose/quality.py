"""How sure and how right the labels are, where that was measured."""

from collections.abc import Callable, Mapping

import numpy as np
from markupsafe import Markup

from study.report import claims
from study.report.pen import Pen, say
from study.report.prose import kinds
from study.report.prose.places import (
    all_pairs,
    having,
    last_difference,
    layer,
    name,
    ranged,
    sides,
)
from study.statistics import holm

MEASURES: Mapping[str, str] = {
    "precision": "share of top images that show the label",
    "pearson": "correlation of activation and truth",
    "auprc": "area under the precision-recall curve",
}
_BASELINES = {"shuffled": "another unit's label", "constant": "the layer's commonest label"}


def quality(pen: Pen) -> dict[str, list[Markup]]:
    """Write about stability, truth, categories, the known answer, and other settings."""
    return {part: [sentence for sentence in rule(pen) if sentence] for part, rule in _PARTS.items()}


def _stability(pen: Pen) -> list[Markup]:
    keys = having(pen, "stability")
    if not keys:
        return []
    shown = [
        say(
            "{} in {}" if number else "{} keeps a label in {} of resamples",
            name(pen, key),
            ranged(pen, f"{key}.stability.overall"),
        )
        for number, key in enumerate(keys)
    ]
    covers = say(
        "The probe was resampled and every unit labelled anew. This covers which images happen to "
        "be in the probe. It does not cover another kind of probe, another list of concepts, "
        "another encoder or another training run."
    )
    return [say("On average over its units, {}.", pen.list(shown)), covers]


def _truth(pen: Pen) -> list[Markup]:
    keys = [key for key in having(pen, "truth") if key.startswith("networks")]
    return [*(_against_baselines(pen, key) for key in keys), *_against_controls(pen)]


def _last_layer(pen: Pen, key: str, part: str) -> str:
    """Return the network's last layer: the only one of which anything is claimed."""
    return str(list(pen.value(f"{key}.{part}.layers"))[-1])


def _against_baselines(pen: Pen, key: str) -> Markup:
    """Say by which measures the labels of the last layer do better than each baseline."""
    one = _last_layer(pen, key, "truth")
    entry = pen.value(f"{key}.truth.layers.{one}")
    verdicts: dict[str, list[str]] = {}
    for measure in MEASURES:
        if entry.get(measure):
            beaten = all(
                claims.apart(entry[measure], entry.get(f"{measure}_{other}")) == claims.ABOVE
                for other in _BASELINES
            )
            verdicts.setdefault(claims.ABOVE if beaten else claims.WITHIN, []).append(measure)
    words = {
        claims.ABOVE: "above every baseline by {}",
        claims.WITHIN: "not clearly above every baseline by {}",
    }
    parts = [
        say(
            text,
            pen.list(
                say(
                    "{} ({})",
                    MEASURES[measure],
                    ranged(pen, f"{key}.truth.layers.{one}.{measure}"),
                )
                for measure in verdicts[verdict]
            ),
        )
        for verdict, text in words.items()
        if verdict in verdicts
    ]
    if not parts:
        return Markup("")
    start = say("Labels of {} in {} are ", name(pen, key), layer(pen, one))
    return start + Markup("; ").join(parts) + Markup(".")


def _against_controls(pen: Pen) -> list[Markup]:
    """Say by which measures labels are better than those of a control, in the last layer."""
    return [
        sentence
        for pair in all_pairs(pen)
        if _of_control(pen, pair)
        for sentence in (_better(pen, pair),)
        if sentence
    ]


def _of_control(pen: Pen, pair: str) -> bool:
    """Whether a pair is a compared network and a control; a control is always the later one."""
    a, b = sides(pen, pair)
    return a.startswith("networks") and b.startswith("controls")


def _better(pen: Pen, pair: str) -> Markup:
    key = last_difference(pen, pair, "truth")
    if key is None:
        return Markup("")
    a, b = sides(pen, pair)
    decided = {
        measure: claims.sign(pen.value(f"{key}.truth.{measure}"))
        for measure in MEASURES
        if pen.get(f"{key}.truth.{measure}")
    }
    words = {
        claims.ABOVE: "clearly better by {}",
        claims.BELOW: "clearly worse by {}",
        claims.WITHIN: "not clearly apart by {}",
    }
    parts = [
        say(
            text,
            pen.list(
                say("{} ({})", MEASURES[measure], ranged(pen, f"{key}.truth.{measure}"))
                for measure, verdict in decided.items()
                if verdict == side
            ),
        )
        for side, text in words.items()
        if side in decided.values()
    ]
    if not parts:
        return Markup("")
    return say(
        "Labels of {} less those of the control {}, in {}: {}.",
        name(pen, a),
        name(pen, b),
        layer(pen, key.split(".layers.")[-1]),
        Markup("; ").join(parts),
    )


def _foretelling(pen: Pen) -> list[Markup]:
    """Say for each network whether stability tells right labels from others in the last layer."""
    places = {}
    for key in having(pen, "foretelling"):
        place = f"{key}.foretelling.layers.{_last_layer(pen, key, 'foretelling')}"
        if pen.get(place):
            places[key] = place
    tested = {key: place for key, place in places.items() if pen.get(f"{place}.chance")}
    p = holm(np.array([pen.value(f"{place}.chance.p") for place in tested.values()]))
    level = pen.value("null.level")
    skilled = {key for key, value in zip(tested, p.tolist(), strict=True) if value <= 1 - level}
    sentences = []
    for key, place in places.items():
        who = (layer(pen, place.split(".layers.")[-1]), name(pen, key))
        if key not in tested:
            counts = (pen.n(f"{place}.right"), pen.n(f"{place}.units"))
            text = "In {}, {} of the {} labels of {} are right: there is nothing to foretell."
            sentences.append(say(text, who[0], *counts, who[1]))
            continue
        verb = "foretells" if key in skilled else "does not clearly foretell"
        sentences.append(
            say(
                "In {}, stability " + verb + " which labels of {} are right: area under the "
                "precision-recall curve {}, base rate {}; without skill it would be {} to {} (p "
                "{}).",
                *who,
                pen.n(f"{place}.auprc", "share"),
                pen.n(f"{place}.base_rate", "share"),
                pen.n(f"{place}.chance.low", "share"),
                pen.n(f"{place}.chance.high", "share"),
                pen.n(f"{place}.chance.p", "p"),
            )
        )
    return sentences


def _sensitivity(pen: Pen) -> list[Markup]:
    if not having(pen, "sensitivity"):
        return []
    return [
        say(
            "The labels depend on settings of the method; the table shows how many stay the same "
            "when a setting takes another value."
        )
    ]


_PARTS: Mapping[str, Callable[[Pen], list[Markup]]] = {
    "stability": _stability,
    "truth": _truth,
    "foretelling": _foretelling,
    "categories": kinds.categories,
    "classes": kinds.classes,
    "sensitivity": _sensitivity,
}
