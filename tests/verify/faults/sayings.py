"""False claims in words, not numbers: ``verify claims``."""

import random
from itertools import pairwise

from tests.verify.faults.base import Kind, Numbers
from tests.verify.faults.claims import claim, named, somewhere


def _anywhere(rng: random.Random, n: Numbers) -> tuple[str, str | None]:
    return rng.choice(n.names), rng.choice([None, *n.layers])


def _emphasis(rng: random.Random, n: Numbers, wrong, causes: set[str]):
    """An emphasis on a word that the other network has as often, or more often."""
    name, layer = somewhere(rng, n)
    words = [
        word
        for word, count in n.top(name, layer)
        if count > 1 and wrong(count, n.count(n.other(name), word, layer))
    ]
    if not words:
        return None
    return [claim("emphasis", name, layer, concepts=[rng.choice(words)])], causes


def equal_emphasis(rng: random.Random, n: Numbers):
    return _emphasis(rng, n, int.__eq__, {"as_many"})


def reversed_emphasis(rng: random.Random, n: Numbers):
    return _emphasis(rng, n, int.__lt__, {"reversed", "names_swapped"})


def absent_named(rng: random.Random, n: Numbers):
    """A word named as learned that occurs nowhere in that network."""
    name, layer = _anywhere(rng, n)
    words = sorted(n.set(n.other(name), layer) - n.set(name, layer))
    words = rng.choice([words, ["submarine volcano", "waffle iron", "zeppelin"]])
    return [claim("present", name, layer, concepts=[rng.choice(words)])], set()


def present_denied(rng: random.Random, n: Numbers):
    name, layer = _anywhere(rng, n)
    return [claim("absent", name, layer, concepts=[rng.choice(n.words(name, layer))])], set()


def _values(rng: random.Random, n: Numbers) -> tuple[dict[str, str], list[float]]:
    name = rng.choice(n.names)
    if rng.random() < 0.5:
        return {"quantity": "jaccard"}, [n.jaccard(layer) for layer in n.layers]
    fields = {"quantity": "mean_similarity", "network": name}
    return fields, [n.mean(name, layer) for layer in n.layers]


def wrong_trend(rng: random.Random, n: Numbers):
    fields, values = _values(rng, n)
    rising = [b > a for a, b in pairwise(values)]
    wrong = "falls" if all(rising) else "rises"
    causes = {"reversed"} if all(rising) or not any(rising) else set()
    return [claim("trend", **fields, value=wrong)], causes


def wrong_extreme(rng: random.Random, n: Numbers):
    fields, values = _values(rng, n)
    kind, take = rng.choice([("highest", min), ("lowest", max)])
    layer = n.layers[values.index(take(values))]
    return [claim(kind, **fields, value=layer)], {"reversed"}


def rounded_badly(rng: random.Random, n: Numbers):
    """Cut off instead of rounded, or rounded up."""
    (_, layer), digits = _anywhere(rng, n), rng.choice([2, 3])
    value = n.jaccard(layer) * 10**digits
    wrong = int(value) if int(value) != round(value) else round(value) + 1
    text = f"{wrong / 10**digits:.{digits}f}"
    return [claim("jaccard", None, layer, value=text)], {"rounding"}


def percent_as_fraction(rng: random.Random, n: Numbers):
    name, layer = somewhere(rng, n)
    word, count = rng.choice(n.top(name, layer)[:5])
    value = f"{count / n.units(name, layer):.3f} %"
    false = claim("share", name, layer, concept=word, value=value, denominator="units")
    return [false], {"percent_as_fraction"}


def word_forms(rng: random.Random, n: Numbers):
    """The count of a word with its plural counted in."""
    name, layer = _anywhere(rng, n)
    words = n.set(name, layer)
    singulars = sorted(word for word in words if word + "s" in words)
    if not singulars:
        return None
    word = rng.choice(singulars)
    value = n.count(name, word, layer) + n.count(name, word + "s", layer)
    return [claim("count", name, layer, concept=word, value=value)], {"word_forms"}


def more_reversed(rng: random.Random, n: Numbers):
    name, layer = somewhere(rng, n)
    other = n.other(name)
    gap = n.unique(name, layer) - n.unique(other, layer)
    if not gap:
        return None
    kind = "fewer" if gap > 0 else "more"
    return [claim(kind, name, layer, quantity="unique", than=other)], {"reversed", "names_swapped"}


def mean_of_layers(rng: random.Random, n: Numbers):
    name = rng.choice(n.names)
    kind = rng.choice(["mean_similarity", "jaccard"])
    network = (name,) if kind == "mean_similarity" else ()
    compute = n.mean if network else n.jaccard
    values = [compute(*network, layer) for layer in n.layers]
    value = f"{sum(values) / len(values):.4f}"
    if value == f"{compute(*network):.4f}":
        return None
    return [claim(kind, *network, value=value)], {"mean_of_layers"}


def other_quantity(rng: random.Random, n: Numbers):
    name, layer = _anywhere(rng, n)
    claimed, true = rng.sample(["unique", "only", "units"], 2)
    value = getattr(n, true)(name, layer)
    return [claim(claimed, name, layer, value=value)], {"other_quantity", "impossible_count"}


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
