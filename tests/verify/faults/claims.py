"""True claims about two runs, and single false ones among them: ``verify claims``."""

import json
import random
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.verify.faults.base import Base, Kind, Numbers, Planted
from tests.verify.faults.folders import about

Claim = dict[str, Any]
Maker = Callable[[random.Random, Numbers, str, str], tuple[list[Claim], set[str]] | None]
"""Returns false claims about a network's layer, and the causes to name; `None` if nothing fits."""


def claim(kind: str, name: str | None = None, layer: str | None = None, /, **fields: Any) -> Claim:
    place = {"network": name, "layer": layer}
    return {"kind": kind, **{key: value for key, value in place.items() if value}, **fields}


def toml(claims: list[Claim], title: str = "A team's report") -> str:
    lines = ['schema = "study-claims/1"', f"title = {json.dumps(title)}"]
    for each in claims:
        lines += ["", "[[claims]]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in each.items()]
    return "\n".join(lines) + "\n"


SIZES = ("unique", "only", "units", "shared", "union")
PAIR = ("shared", "union", "jaccard")
"""Numbers that belong to both networks together."""


def number(n: Numbers, kind: str, name: str, layer: str | None = None, word: str = "") -> float:
    words = [word] if kind == "count" else []
    method = getattr(n, {"mean_similarity": "mean"}.get(kind, kind))
    return method(layer) if kind in PAIR else method(name, *words, layer)


def stated(kind: str, name: str, layer: str | None, value: Any, word: str = "") -> Claim:
    fields = {"concept": word} if kind == "count" else {}
    return claim(kind, None if kind in PAIR else name, layer, **fields, value=value)


def somewhere(rng: random.Random, numbers: Numbers) -> tuple[str, str]:
    return rng.choice(numbers.names), rng.choice(numbers.layers)


def true_claims(rng: random.Random, numbers: Numbers, size: int = 8) -> list[Claim]:
    return [{"id": f"true-{n}", **_true(rng, numbers)} for n in range(size)]


def _true(rng: random.Random, n: Numbers) -> Claim:
    name, layer = somewhere(rng, n)
    layer = None if rng.random() < 0.4 else layer
    word = rng.choice(n.words(name, layer))
    count = n.count(name, word, layer)
    share = f"{100 * count / n.units(name, layer):.1f} %"
    place, unit, label, similarity = rng.choice(n.tables[name])
    foreign = rng.choice(sorted(n.set(n.other(name)) - n.set(name)))
    sizes = {kind: number(n, kind, name, layer) for kind in SIZES}
    claims = [
        *(stated(kind, name, layer, about(rng, int(value))) for kind, value in sizes.items()),
        claim("jaccard", None, layer, value=f"{n.jaccard(layer):.{rng.choice([2, 3, 4])}f}"),
        claim("mean_similarity", name, layer, value=f"{n.mean(name, layer):.3f}"),
        stated("count", name, layer, count, word),
        claim("share", name, layer, concept=word, value=share, denominator="units"),
        claim("label", name, place, unit=unit, value=label),
        claim("similarity", name, place, unit=unit, value=f"{similarity:.3f}"),
        claim("top", name, layer, concepts=[[*pair] for pair in n.top(name, layer)[:3]]),
        claim("present", name, layer, concepts=[word]),
        claim("absent", name, layer, concepts=[foreign]),
        claim("highest", quantity="jaccard", value=max(n.layers, key=n.jaccard)),
    ]
    return rng.choice(claims)


def command(base: Base, claims: list[Claim], folder: Path, *, rerun: bool = False) -> list[str]:
    path = folder / "claims.toml"
    path.write_text(toml(claims), encoding="utf-8")
    runs = [f"{name}={base.path(name)}" for name in base.runs]
    return ["claims", str(path), *(["--rerun"] if rerun else []), "--runs", *runs]


def plant(maker: Maker, rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One mistake among true claims; tried again until the tables allow it."""
    for _ in range(40):
        fault = maker(rng, base.numbers, *somewhere(rng, base.numbers))
        if fault is None:
            continue
        false, causes = fault
        claims = true_claims(rng, base.numbers)
        claims += [{"id": f"false-{n}", **each} for n, each in enumerate(false)]
        rng.shuffle(claims)
        places = ("false-", *(f'"{each["layer"]}' for each in false if "layer" in each))
        return Planted(command(base, claims, folder), frozenset(causes), places)
    return None


def mistaken(n, kind, name, layer, value, *causes, word=""):
    """A claim of another value than the true one; `None` if both are written alike.

    A count that is off by one is so whatever else it is as well.
    """
    form = "{:.4f}" if kind in ("mean_similarity", "jaccard") else "{}"
    true = number(n, kind, name, layer, word)
    text, right = form.format(value), form.format(true)
    near = {"off_by_one"} if form == "{}" and abs(float(text) - true) == 1 and causes else set()
    return None if text == right else ([stated(kind, name, layer, text, word)], {*causes, *near})


def swapped(rng, n, name, layer):
    kind = rng.choice(["unique", "only", "mean_similarity"])
    a, b = n.names
    one = mistaken(n, kind, a, None, number(n, kind, b), "names_swapped")
    two = mistaken(n, kind, b, None, number(n, kind, a))
    return one and two and ([*one[0], *two[0]], one[1])


def swapped_words(rng, n, name, layer):
    other = [[*pair] for pair in n.top(n.other(name), layer)[: rng.randint(3, 5)]]
    if all(n.count(name, word, layer) == count for word, count in other):
        return None
    return [claim("top", name, layer, concepts=other)], {"names_swapped"}


def summed(rng, n, name, layer):
    kind = rng.choice(["unique", "shared"])
    value = sum(number(n, kind, name, layer) for layer in n.layers)
    return mistaken(n, kind, name, None, value, "sum_instead_of_union")


def one_layer(rng, n, name, layer):
    kind = rng.choice(["unique", "jaccard", "shared"])
    value = number(n, kind, name, layer)
    return mistaken(n, kind, name, None, value, "one_layer_for_all")


def total(rng, n, name, layer):
    word = rng.choice(n.words(name, layer))
    value = n.count(name, word)
    return mistaken(n, "count", name, layer, value, "total_for_one_layer", word=word)


def other_layer(rng, n, name, layer):
    other = rng.choice([each for each in n.layers if each != layer])
    kind, word = rng.choice(["count", "jaccard"]), rng.choice(n.words(name, other))
    value = number(n, kind, name, other, word)
    return mistaken(n, kind, name, layer, value, "other_layer", word=word)


def impossible(rng, n, name, layer):
    kind, word = rng.choice(["unique", "count"]), rng.choice(n.words(name, layer))
    value = n.units(name, layer) + rng.randint(20, 900)
    return mistaken(n, kind, name, layer, value, "impossible_count", word=word)


def algebra(rng, n, name, layer):
    """One number of a Venn diagram mistyped: the regions no longer add up."""
    kinds, wrong = ("unique", "only", "shared"), rng.randrange(3)
    values = [number(n, kind, name, layer) for kind in kinds]
    values[wrong] += rng.choice([-3, 3, 4, 7, 9])
    if values[wrong] < 0:
        return None
    claims = [stated(kind, name, layer, value) for kind, value in zip(kinds, values, strict=True)]
    return claims, {"set_algebra"}


def jaccard_algebra(rng, n, name, layer):
    """Jaccard given as shared over the smaller set, or over the sum of both sets."""
    sizes = [n.unique(name, layer) for name in n.names]
    value = n.shared(layer) / rng.choice([min(sizes), sum(sizes)])
    return [
        claim("jaccard", None, layer, value=f"{value:.3f}"),
        *(stated(kind, "", layer, number(n, kind, "", layer)) for kind in ("shared", "union")),
    ], {"set_algebra", "other_denominator"}


def denominator(rng, n, name, layer):
    word = rng.choice(n.words(name, layer))
    shares = (100 * n.count(name, word, layer) / n.units(name, units) for units in (None, layer))
    value, right = (f"{share:.1f} %" for share in shares)
    false = claim("share", name, layer, concept=word, value=value, denominator="units")
    return None if value == right else ([false], {"other_denominator"})


def unit_off(rng, n, name, layer):
    (layer, unit, word, value), after = rng.choice([*pairwise(n.tables[name])])
    if after[0] != layer or after[2] == word or round(after[3], 3) == round(value, 3):
        return None
    false = claim("label", name, layer, unit=unit, value=after[2])
    if rng.random() < 0.4:
        false |= {"kind": "similarity", "value": f"{after[3]:.4f}"}
    return [false], {"off_by_one"}


def count_off(rng, n, name, layer):
    kind, word = rng.choice(["unique", "only", "count"]), rng.choice(n.words(name, layer))
    value = number(n, kind, name, layer, word) + rng.choice([-1, 1])
    return mistaken(n, kind, name, layer, value, "off_by_one", word=word)


def typo(rng, n, name, layer):
    """Two digits exchanged on the way from the table into the text."""
    digits = list(str(n.unique(name)))
    place = rng.randrange(len(digits) - 1)
    digits[place : place + 2] = digits[place + 1], digits[place]
    return mistaken(n, "unique", name, None, "".join(digits)) if digits[0] != "0" else None


def single_swap(rng, n, name, layer):
    """One number of the other network: in a table, or at the bar of a frequent word."""
    kind, layer = rng.choice(["unique", "only", "count"]), rng.choice([None, layer])
    word = rng.choice(n.top(name, layer)[:8])[0]
    value = number(n, kind, n.other(name), layer, word)
    if value < 2:  # as many as any word that is not there
        return None
    return mistaken(n, kind, name, layer, value, "names_swapped", word=word)


def _bars(rng, n, name, layer, words_of, counts_of):
    """The bars of a figure of one network: words and counts, rank by rank."""
    size = rng.randint(8, 14)
    words, counts = (n.top(each, layer)[:size] for each in (words_of, counts_of))
    bars = [(word, count) for (word, _), (_, count) in zip(words, counts, strict=False)]
    wrong = [abs(count - n.count(name, word, layer)) for word, count in bars]
    if sum(gap > 1 for gap in wrong) < 5:  # equal rankings, or nearly so
        return None
    return [claim("count", name, layer, concept=word, value=count) for word, count in bars]


def other_figure(rng, n, name, layer):
    other = n.other(name)
    bars = _bars(rng, n, name, layer, other, other)
    return bars and (bars, {"names_swapped"})


def other_labels(rng, n, name, layer):
    """Two bar charts that share an axis: the words of one of them at the bars of both."""
    a, b = rng.sample(n.names, 2)
    bars = _bars(rng, n, name, layer, a, b)
    return bars and (bars, {"series_under_other_labels"})


def from_nowhere(rng, n, name, layer):
    """A number that is none of the tables', for no known reason."""
    kind, layer = rng.choice(["unique", "only", "shared", "count"]), rng.choice([None, layer])
    word = rng.choice(n.words(name, layer))
    true = number(n, kind, name, layer, word)
    value = max(0, round(true * rng.uniform(0.4, 1.8)) + rng.choice([-5, -3, 3, 5]))
    if abs(value - true) < 2 or value > n.units(name, layer):
        return None
    return mistaken(n, kind, name, layer, value, word=word)


KINDS = [
    Kind("claim: names exchanged", (1,), partial(plant, swapped)),
    Kind("claim: the other's top words", (2, 3), partial(plant, swapped_words)),
    Kind("claim: sum for union", (4,), partial(plant, summed)),
    Kind("claim: one layer for all", (5,), partial(plant, one_layer)),
    Kind("claim: total for a layer", (20,), partial(plant, total)),
    Kind("claim: another layer's number", (6,), partial(plant, other_layer)),
    Kind("claim: impossible count", (8,), partial(plant, impossible)),
    Kind("claim: regions don't add up", (9,), partial(plant, algebra)),
    Kind("claim: Jaccard of other sets", (9,), partial(plant, jaccard_algebra)),
    Kind("claim: other denominator", (23,), partial(plant, denominator)),
    Kind("claim: neighbouring unit", (25,), partial(plant, unit_off)),
    Kind("claim: count off by one", (25,), partial(plant, count_off)),
    Kind("claim: mistyped number", (10, 22), partial(plant, typo)),
    Kind("claim: one number of the other", (1,), partial(plant, single_swap)),
    Kind("claim: the other's figure", (2,), partial(plant, other_figure)),
    Kind("claim: the other's words at the bars", (3,), partial(plant, other_labels)),
    Kind("claim: number from nowhere", (10,), partial(plant, from_nowhere)),
]
