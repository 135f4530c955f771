"""False claims in words, not numbers: ``verify claims``."""

import random
from itertools import pairwise

from tests.faults.base import Kind, Numbers
from tests.faults.claims import named


def _rivals(n: Numbers, name: str, layer: str) -> list[tuple[str, int, int]]:
    other = n.other(name)
    pairs = [(w, c, n.count(other, w, layer)) for w, c in n.top(name, layer)]
    return [pair for pair in pairs if pair[1] > 1]


def equal_emphasis(rng: random.Random, n: Numbers):
    name, layer = rng.choice(n.names), rng.choice(n.layers)
    words = [w for w, mine, theirs in _rivals(n, name, layer) if mine == theirs]
    if not words:
        return None
    claim = {"kind": "emphasis", "network": name, "layer": layer, "concepts": [rng.choice(words)]}
    return [claim], {"as_many"}


def reversed_emphasis(rng: random.Random, n: Numbers):
    name, layer = rng.choice(n.names), rng.choice(n.layers)
    words = [w for w, mine, theirs in _rivals(n, name, layer) if theirs > mine]
    if not words:
        return None
    claim = {"kind": "emphasis", "network": name, "layer": layer, "concepts": [rng.choice(words)]}
    return [claim], {"reversed", "names_swapped"}


def absent_named(rng: random.Random, n: Numbers):
    """A word named as learned that occurs nowhere in that network."""
    name, layer = rng.choice(n.names), rng.choice([None, *n.layers])
    words = sorted(n.set(n.other(name), layer) - n.set(name, layer))
    words = rng.choice([words, ["submarine volcano", "waffle iron", "zeppelin"]])
    claim = {"kind": "present", "network": name, "concepts": [rng.choice(words)]}
    return [claim | ({"layer": layer} if layer else {})], set()


def present_denied(rng: random.Random, n: Numbers):
    name, layer = rng.choice(n.names), rng.choice([None, *n.layers])
    word = rng.choice(n.words(name, layer))
    claim = {"kind": "absent", "network": name, "concepts": [word]}
    return [claim | ({"layer": layer} if layer else {})], set()


def _values(n: Numbers, rng: random.Random) -> tuple[dict, list[float]]:
    if rng.random() < 0.5:
        return {"quantity": "jaccard"}, [n.jaccard(one) for one in n.layers]
    name = rng.choice(n.names)
    return (
        {"quantity": "mean_similarity", "network": name},
        [n.mean(name, one) for one in n.layers],
    )


def wrong_trend(rng: random.Random, n: Numbers):
    what, values = _values(n, rng)
    rising = [b > a for a, b in pairwise(values)]
    wrong = "falls" if all(rising) else "rises"
    causes = {"reversed"} if all(rising) or not any(rising) else set()
    return [{"kind": "trend", **what, "value": wrong}], causes


def wrong_extreme(rng: random.Random, n: Numbers):
    what, values = _values(n, rng)
    kind, take = rng.choice([("highest", min), ("lowest", max)])
    layer = n.layers[values.index(take(values))]
    return [{"kind": kind, **what, "value": layer}], {"reversed"}


def rounded_badly(rng: random.Random, n: Numbers):
    """Cut off instead of rounded, or rounded up."""
    layer, places = rng.choice([None, *n.layers]), rng.choice([2, 3])
    value = n.jaccard(layer)
    right = round(value * 10**places)
    wrong = int(value * 10**places) if int(value * 10**places) != right else right + 1
    claim = {"kind": "jaccard", "value": f"{wrong / 10**places:.{places}f}"}
    return [claim | ({"layer": layer} if layer else {})], {"rounding"}


def percent_as_fraction(rng: random.Random, n: Numbers):
    name, layer = rng.choice(n.names), rng.choice(n.layers)
    word, count = rng.choice(n.top(name, layer)[:5])
    share = count / n.units(name, layer)
    value = f"{share:.3f} %"
    claim = {"kind": "share", "network": name, "layer": layer, "concept": word, "value": value}
    return [claim | {"denominator": "units"}], {"percent_as_fraction"}


def word_forms(rng: random.Random, n: Numbers):
    """The count of a word with its plural counted in."""
    name, layer = rng.choice(n.names), rng.choice([None, *n.layers])
    words = n.set(name, layer)
    pairs = sorted(w for w in words if w + "s" in words)
    if not pairs:
        return None
    word = rng.choice(pairs)
    value = n.count(name, word, layer) + n.count(name, word + "s", layer)
    claim = {"kind": "count", "network": name, "concept": word, "value": value}
    return [claim | ({"layer": layer} if layer else {})], {"word_forms"}


def more_reversed(rng: random.Random, n: Numbers):
    name, layer = rng.choice(n.names), rng.choice(n.layers)
    other = n.other(name)
    if n.unique(name, layer) == n.unique(other, layer):
        return None
    kind = "fewer" if n.unique(name, layer) > n.unique(other, layer) else "more"
    claim = {"kind": kind, "quantity": "unique", "network": name, "layer": layer, "than": other}
    return [claim], {"reversed", "names_swapped"}


def mean_of_layers(rng: random.Random, n: Numbers):
    name = rng.choice(n.names)
    means = [n.mean(name, layer) for layer in n.layers]
    value = f"{sum(means) / len(means):.4f}"
    if value == f"{n.mean(name):.4f}":
        return None
    claim = {"kind": "mean_similarity", "network": name, "value": value}
    if rng.random() < 0.5:
        values = [n.jaccard(layer) for layer in n.layers]
        claim = {"kind": "jaccard", "value": f"{sum(values) / len(values):.4f}"}
    return [claim], {"mean_of_layers"}


def other_quantity(rng: random.Random, n: Numbers):
    name, layer = rng.choice(n.names), rng.choice([None, *n.layers])
    one, two = rng.sample(["unique", "only", "units"], 2)
    value = getattr(n, two)(name, layer)
    claim = {"kind": one, "network": name, "value": value}
    return [claim | ({"layer": layer} if layer else {})], {"other_quantity", "impossible_count"}


KINDS = [
    Kind("saying: emphasis of as many", (12,), named(equal_emphasis)),
    Kind("saying: emphasis reversed", (12,), named(reversed_emphasis)),
    Kind("saying: absent word named", (13,), named(absent_named)),
    Kind("saying: present word denied", (13,), named(present_denied)),
    Kind("saying: trend", (11,), named(wrong_trend)),
    Kind("saying: extreme", (11,), named(wrong_extreme)),
    Kind("saying: more and fewer", (11,), named(more_reversed)),
    Kind("claim: rounding", (10,), named(rounded_badly)),
    Kind("claim: percent as fraction", (23,), named(percent_as_fraction)),
    Kind("claim: plural counted in", (29,), named(word_forms)),
    Kind("claim: mean of layers", (5,), named(mean_of_layers)),
    Kind("claim: another quantity", (20,), named(other_quantity)),
]
