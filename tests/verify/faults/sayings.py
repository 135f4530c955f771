"""False claims in words, not numbers: ``verify claims``."""

import random
import statistics
from functools import partial
from itertools import pairwise

from tests.verify.faults.base import Kind, Numbers
from tests.verify.faults.claims import claim, mistaken, number, plant


def _emphasis(rng, n, name, layer, wrong, causes):
    """An emphasis on a word that the other network has as often, or more often."""
    other = n.words(n.other(name), layer)
    words = [x for x, k in n.top(name, layer) if k > 1 and wrong(k, other.count(x))]
    if not words:
        return None
    return [claim("emphasis", name, layer, concepts=[rng.choice(words)])], causes


def equal_emphasis(rng, n, name, layer):
    return _emphasis(rng, n, name, layer, int.__eq__, {"as_many"})


def reversed_emphasis(rng, n, name, layer):
    return _emphasis(rng, n, name, layer, int.__lt__, {"reversed", "names_swapped"})


def absent_named(rng, n, name, layer):
    """A word named as learned that occurs nowhere in that network."""
    layer = rng.choice([None, layer])
    words = sorted(n.set(n.other(name), layer) - n.set(name, layer))
    words = rng.choice([words, ["submarine volcano", "waffle iron", "zeppelin"]])
    return [claim("present", name, layer, concepts=[rng.choice(words)])], set()


def present_denied(rng, n, name, layer):
    layer = rng.choice([None, layer])
    return [claim("absent", name, layer, concepts=[rng.choice(n.words(name, layer))])], set()


def _values(rng: random.Random, n: Numbers, name: str) -> tuple[dict[str, str], list[float]]:
    if rng.random() < 0.5:
        return {"quantity": "jaccard"}, [n.jaccard(layer) for layer in n.layers]
    fields = {"quantity": "mean_similarity", "network": name}
    return fields, [n.mean(name, layer) for layer in n.layers]


def wrong_trend(rng, n, name, layer):
    fields, values = _values(rng, n, name)
    rising = [b > a for a, b in pairwise(values)]
    wrong = "falls" if all(rising) else "rises"
    causes = {"reversed"} if all(rising) or not any(rising) else set()
    return [claim("trend", **fields, value=wrong)], causes


def wrong_extreme(rng, n, name, layer):
    fields, values = _values(rng, n, name)
    kind, take = rng.choice([("highest", min), ("lowest", max)])
    layer = n.layers[values.index(take(values))]
    return [claim(kind, **fields, value=layer)], {"reversed"}


def rounded_badly(rng, n, name, layer):
    """Cut off instead of rounded, or rounded up."""
    layer, digits = rng.choice([None, layer]), rng.choice([2, 3])
    value = n.jaccard(layer) * 10**digits
    wrong = int(value) if int(value) != round(value) else round(value) + 1
    text = f"{wrong / 10**digits:.{digits}f}"
    return [claim("jaccard", None, layer, value=text)], {"rounding"}


def percent_as_fraction(rng, n, name, layer):
    word, count = rng.choice(n.top(name, layer)[:5])
    value = f"{count / n.units(name, layer):.3f} %"
    false = claim("share", name, layer, concept=word, value=value, denominator="units")
    return [false], {"percent_as_fraction"}


def word_forms(rng, n, name, layer):
    """The count of a word with its plural counted in."""
    layer = rng.choice([None, layer])
    words = n.set(name, layer)
    singulars = sorted(word for word in words if word + "s" in words)
    if not singulars:
        return None
    word = rng.choice(singulars)
    value = n.count(name, word, layer) + n.count(name, word + "s", layer)
    return mistaken(n, "count", name, layer, value, "word_forms", word=word)


def more_reversed(rng, n, name, layer):
    other = n.other(name)
    gap = n.unique(name, layer) - n.unique(other, layer)
    if not gap:
        return None
    kind = "fewer" if gap > 0 else "more"
    return [claim(kind, name, layer, quantity="unique", than=other)], {"reversed", "names_swapped"}


def mean_of_layers(rng, n, name, layer):
    kind = rng.choice(["mean_similarity", "jaccard"])
    value = statistics.mean(number(n, kind, name, each) for each in n.layers)
    return mistaken(n, kind, name, None, value, "mean_of_layers")


def other_quantity(rng, n, name, layer):
    layer = rng.choice([None, layer])
    claimed, true = rng.sample(["unique", "only", "units"], 2)
    value = number(n, true, name, layer)
    return mistaken(n, claimed, name, layer, value, "other_quantity", "impossible_count")


KINDS = [
    Kind("saying: emphasis of as many", (12,), partial(plant, equal_emphasis)),
    Kind("saying: emphasis reversed", (12,), partial(plant, reversed_emphasis)),
    Kind("saying: absent word named", (13,), partial(plant, absent_named)),
    Kind("saying: present word denied", (13,), partial(plant, present_denied)),
    Kind("saying: trend", (11,), partial(plant, wrong_trend)),
    Kind("saying: extreme", (11,), partial(plant, wrong_extreme)),
    Kind("saying: more and fewer", (11,), partial(plant, more_reversed)),
    Kind("claim: rounding", (10,), partial(plant, rounded_badly)),
    Kind("claim: percent as fraction", (23,), partial(plant, percent_as_fraction)),
    Kind("claim: plural counted in", (29,), partial(plant, word_forms)),
    Kind("claim: mean of layers", (5,), partial(plant, mean_of_layers)),
    Kind("claim: another quantity", (20,), partial(plant, other_quantity)),
]
