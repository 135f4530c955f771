"""True claims about two runs, and single false ones among them: ``verify claims``."""

import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.verify.faults.base import Base, Kind, Numbers, Planted

Claim = dict[str, Any]
Maker = Callable[[random.Random, Numbers], tuple[list[Claim], set[str]] | None]


def claim(kind: str, name: str | None = None, layer: str | None = None, /, **fields: Any) -> Claim:
    place = {"network": name, "layer": layer}
    return {"kind": kind, **{key: value for key, value in place.items() if value}, **fields}


def toml(claims: list[Claim]) -> str:
    lines = ['schema = "study-claims/1"', 'title = "A team\'s report"']
    for each in claims:
        lines += ["", "[[claims]]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in each.items()]
    return "\n".join(lines) + "\n"


def somewhere(rng: random.Random, numbers: Numbers) -> tuple[str, str]:
    return rng.choice(numbers.names), rng.choice(numbers.layers)


def _near(rng: random.Random, value: float) -> Any:
    """A number as an honest text gives it."""
    if value < 30 or rng.random() < 0.4:
        return int(value)
    ten = round(value / 10) * 10
    if rng.random() < 0.5 and abs(ten - value) < 0.04 * value:
        return f"{rng.choice(['around', 'about', '~'])} {ten}"
    below = int(value) // 10 * 10
    if 0 < value - below < 0.04 * value:
        return f"{rng.choice(['over', 'at least', 'more than'])} {below}"
    return str(int(value))


def true_claim(rng: random.Random, n: Numbers) -> Claim:
    name, layer = somewhere(rng, n)
    layer = None if rng.random() < 0.4 else layer
    word = rng.choice(n.words(name, layer))
    count = n.count(name, word, layer)
    share = f"{100 * count / n.units(name, layer):.1f} %"
    place, unit, label, similarity = rng.choice(n.tables[name])
    foreign = rng.choice(sorted(n.set(n.other(name)) - n.set(name)))
    counts = {kind: getattr(n, kind)(name, layer) for kind in ("unique", "only", "units")}
    sizes = {kind: getattr(n, kind)(layer) for kind in ("shared", "union")}
    claims = [
        *(claim(kind, name, layer, value=_near(rng, value)) for kind, value in counts.items()),
        *(claim(kind, None, layer, value=_near(rng, value)) for kind, value in sizes.items()),
        claim("jaccard", None, layer, value=f"{n.jaccard(layer):.{rng.choice([2, 3, 4])}f}"),
        claim("mean_similarity", name, layer, value=f"{n.mean(name, layer):.3f}"),
        claim("count", name, layer, concept=word, value=count),
        claim("share", name, layer, concept=word, value=share, denominator="units"),
        claim("label", name, place, unit=unit, value=label),
        claim("similarity", name, place, unit=unit, value=f"{similarity:.3f}"),
        claim("top", name, layer, concepts=[[*pair] for pair in n.top(name, layer)[:3]]),
        claim("present", name, layer, concepts=[word]),
        claim("absent", name, layer, concepts=[foreign]),
        claim("highest", quantity="jaccard", value=max(n.layers, key=n.jaccard)),
    ]
    return rng.choice(claims)


def true_claims(rng: random.Random, numbers: Numbers, size: int = 8) -> list[Claim]:
    return [{"id": f"true-{n}", **true_claim(rng, numbers)} for n in range(size)]


def command(base: Base, claims: list[Claim], folder: Path, *, rerun: bool = False) -> list[str]:
    path = folder / "claims.toml"
    path.write_text(toml(claims), encoding="utf-8")
    runs = [f"{name}={base.path(name)}" for name in base.runs]
    return ["claims", str(path), *(["--rerun"] if rerun else []), "--runs", *runs]


def plant(maker: Maker, rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One mistake among true claims; tried again until the tables allow it."""
    for _ in range(40):
        fault = maker(rng, base.numbers)
        if fault is None:
            continue
        false, causes = fault
        claims = true_claims(rng, base.numbers)
        claims += [{"id": f"false-{n}", **each} for n, each in enumerate(false)]
        rng.shuffle(claims)
        places = ("false-", *(f'"{each["layer"]}' for each in false if "layer" in each))
        return Planted(command(base, claims, folder), frozenset(causes), places)
    return None


def swapped(rng: random.Random, n: Numbers):
    kind = rng.choice(["unique", "only", "mean_similarity"])
    a, b = n.names
    values = {
        name: f"{n.mean(name):.4f}" if kind == "mean_similarity" else f"{getattr(n, kind)(name)}"
        for name in (a, b)
    }
    if values[a] == values[b]:
        return None
    return [claim(kind, a, value=values[b]), claim(kind, b, value=values[a])], {"names_swapped"}


def swapped_words(rng: random.Random, n: Numbers):
    name, layer = somewhere(rng, n)
    other, own = n.top(n.other(name), layer)[: rng.randint(3, 5)], dict(n.top(name, layer))
    if all(own.get(word) == count for word, count in other):
        return None
    return [claim("top", name, layer, concepts=[[*pair] for pair in other])], {"names_swapped"}


def summed(rng: random.Random, n: Numbers):
    name, kind = rng.choice(n.names), rng.choice(["unique", "shared"])
    network = (name,) if kind == "unique" else ()
    value = sum(getattr(n, kind)(*network, layer) for layer in n.layers)
    return [claim(kind, *network, value=value)], {"sum_instead_of_union"}


def one_layer(rng: random.Random, n: Numbers):
    name, layer = somewhere(rng, n)
    kind = rng.choice(["unique", "jaccard", "shared"])
    network = (name,) if kind == "unique" else ()
    form = "{:.3f}" if kind == "jaccard" else "{}"
    value, whole = (form.format(getattr(n, kind)(*network, place)) for place in (layer, None))
    return None if value == whole else ([claim(kind, *network, value=value)], {"one_layer_for_all"})


def _counted(rng: random.Random, n: Numbers, name: str, layer: str, elsewhere: str | None):
    """A word's count in one layer, taken from elsewhere; `None` if both are equal."""
    word = rng.choice(n.words(name, elsewhere or layer))
    value = n.count(name, word, elsewhere)
    if value == n.count(name, word, layer):
        return None
    return [claim("count", name, layer, concept=word, value=value)]


def total(rng: random.Random, n: Numbers):
    false = _counted(rng, n, *somewhere(rng, n), None)
    return false and (false, {"total_for_one_layer"})


def other_layer(rng: random.Random, n: Numbers):
    name, layer = somewhere(rng, n)
    other = rng.choice([each for each in n.layers if each != layer])
    false = _counted(rng, n, name, layer, other)
    if rng.random() < 0.5:
        value = f"{n.jaccard(other):.3f}"
        right = value == f"{n.jaccard(layer):.3f}"
        false = None if right else [claim("jaccard", None, layer, value=value)]
    return false and (false, {"other_layer"})


def impossible(rng: random.Random, n: Numbers):
    name, layer = somewhere(rng, n)
    value = n.units(name, layer) + rng.randint(20, 900)
    if rng.random() < 0.4:
        return [claim("unique", name, layer, value=value)], {"impossible_count"}
    word = rng.choice(n.words(name, layer))
    return [claim("count", name, layer, concept=word, value=value)], {"impossible_count"}


def algebra(rng: random.Random, n: Numbers):
    """One number of a Venn diagram mistyped: the regions no longer add up."""
    name, layer = somewhere(rng, n)
    values = [n.unique(name, layer), n.only(name, layer), n.shared(layer)]
    wrong = rng.randrange(3)
    values[wrong] += rng.choice([-3, 3, 4, 7, 9])
    if values[wrong] < 0:
        return None
    kinds = (("unique", name), ("only", name), ("shared", None))
    claims = [claim(*kind, layer, value=v) for kind, v in zip(kinds, values, strict=True)]
    return claims, {"set_algebra"}


def jaccard_algebra(rng: random.Random, n: Numbers):
    """Jaccard given as shared over the smaller set, or over the sum of both sets."""
    layer = rng.choice(n.layers)
    sizes = [n.unique(name, layer) for name in n.names]
    value = n.shared(layer) / rng.choice([min(sizes), sum(sizes)])
    claims = [
        claim("jaccard", None, layer, value=f"{value:.3f}"),
        claim("shared", None, layer, value=n.shared(layer)),
        claim("union", None, layer, value=n.union(layer)),
    ]
    return claims, {"set_algebra", "other_denominator"}


def denominator(rng: random.Random, n: Numbers):
    name, layer = somewhere(rng, n)
    word = rng.choice(n.words(name, layer))
    value, right = (
        f"{100 * n.count(name, word, layer) / n.units(name, place):.1f} %"
        for place in (None, layer)
    )
    false = claim("share", name, layer, concept=word, value=value, denominator="units")
    return None if value == right else ([false], {"other_denominator"})


def unit_off(rng: random.Random, n: Numbers):
    name = rng.choice(n.names)
    rows = n.tables[name]
    place = rng.randrange(len(rows) - 1)
    layer, unit, word, value = rows[place]
    after = rows[place + 1]
    if after[0] != layer or after[2] == word or round(after[3], 3) == round(value, 3):
        return None
    false = claim("label", name, layer, unit=unit, value=after[2])
    if rng.random() < 0.4:
        false |= {"kind": "similarity", "value": f"{after[3]:.4f}"}
    return [false], {"off_by_one"}


def count_off(rng: random.Random, n: Numbers):
    name, layer = somewhere(rng, n)
    kind, word = rng.choice(["unique", "only", "count"]), rng.choice(n.words(name, layer))
    value = n.count(name, word, layer) if kind == "count" else getattr(n, kind)(name, layer)
    false = claim(kind, name, layer, value=value + rng.choice([-1, 1]))
    return [false | ({"concept": word} if kind == "count" else {})], {"off_by_one"}


def typo(rng: random.Random, n: Numbers):
    """Two digits exchanged on the way from the table into the text."""
    name = rng.choice(n.names)
    digits = str(n.unique(name))
    place = rng.randrange(len(digits) - 1)
    mixed = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    if mixed == digits or mixed[0] == "0":
        return None
    return [claim("unique", name, value=int(mixed))], set()


def named(maker: Maker) -> Callable[[random.Random, Base, Path], Planted | None]:
    return partial(plant, maker)


KINDS = [
    Kind("claim: names exchanged", (1,), named(swapped)),
    Kind("claim: the other's top words", (2, 3), named(swapped_words)),
    Kind("claim: sum for union", (4,), named(summed)),
    Kind("claim: one layer for all", (5,), named(one_layer)),
    Kind("claim: total for a layer", (20,), named(total)),
    Kind("claim: another layer's number", (6,), named(other_layer)),
    Kind("claim: impossible count", (8,), named(impossible)),
    Kind("claim: regions don't add up", (9,), named(algebra)),
    Kind("claim: Jaccard of other sets", (9,), named(jaccard_algebra)),
    Kind("claim: other denominator", (23,), named(denominator)),
    Kind("claim: neighbouring unit", (25,), named(unit_off)),
    Kind("claim: count off by one", (25,), named(count_off)),
    Kind("claim: mistyped number", (10, 22), named(typo)),
]
