"""True claims about two runs, and single false ones among them: ``verify claims``."""

import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.faults.base import Base, Kind, Numbers, Planted

Claim = dict[str, Any]
TRUE = ["unique", "only", "shared", "union", "jaccard", "count", "mean_similarity", "label"]
TRUE += ["similarity", "top", "present", "absent", "share", "highest", "units"]
Maker = Callable[[random.Random, Numbers], tuple[list[Claim], set[str]] | None]


def toml(claims: list[Claim]) -> str:
    lines = ['schema = "study-claims/1"', 'title = "A team\'s report"']
    for claim in claims:
        lines += ["", "[[claims]]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in claim.items()]
    return "\n".join(lines) + "\n"


def _some(rng: random.Random, numbers: Numbers) -> tuple[str, str]:
    return rng.choice(numbers.names), rng.choice(numbers.layers)


def _words_of(rng: random.Random, numbers: Numbers, name: str, layer: str | None) -> str:
    """A label, the commoner the likelier."""
    return rng.choice(numbers.words(name, layer))


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


def _rounded(rng: random.Random, value: float) -> str:
    return f"{value:.{rng.choice([2, 3, 4])}f}"


def true_claim(rng: random.Random, numbers: Numbers) -> Claim:
    name, layer = _some(rng, numbers)
    part = {} if rng.random() < 0.4 else {"layer": layer}
    where = part.get("layer")
    kind = rng.choice(TRUE)
    claim: Claim = {"kind": kind, **part}
    if kind in ("unique", "only", "units"):
        claim |= {"network": name, "value": _near(rng, getattr(numbers, kind)(name, where))}
    elif kind in ("shared", "union"):
        claim |= {"value": _near(rng, getattr(numbers, kind)(where))}
    elif kind == "jaccard":
        claim |= {"value": _rounded(rng, numbers.jaccard(where))}
    elif kind == "mean_similarity":
        claim |= {"network": name, "value": f"{numbers.mean(name, where):.3f}"}
    elif kind == "count":
        word = _words_of(rng, numbers, name, where)
        claim |= {"network": name, "concept": word, "value": numbers.count(name, word, where)}
    elif kind in ("label", "similarity"):
        row = rng.choice(numbers.tables[name])
        value = row[2] if kind == "label" else f"{row[3]:.3f}"
        claim |= {"network": name, "layer": row[0], "unit": row[1], "value": value}
    elif kind == "top":
        pairs = numbers.top(name, where)[:3]
        claim |= {"network": name, "concepts": [[w, n] for w, n in pairs]}
    elif kind == "present":
        claim |= {"network": name, "concepts": [_words_of(rng, numbers, name, where)]}
    elif kind == "absent":
        free = sorted(numbers.set(numbers.other(name)) - numbers.set(name))
        claim |= {"network": name, "concepts": [rng.choice(free)]}
    elif kind == "share":
        word = _words_of(rng, numbers, name, where)
        share = 100 * numbers.count(name, word, where) / numbers.units(name, where)
        claim |= {"network": name, "concept": word, "denominator": "units"}
        claim |= {"value": f"{share:.1f} %"}
    else:
        values = {one: numbers.jaccard(one) for one in numbers.layers}
        claim = {"kind": "highest", "quantity": "jaccard", "value": max(values, key=values.get)}
    return claim


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
        made = maker(rng, base.numbers)
        if made is None:
            continue
        false, causes = made
        claims = true_claims(rng, base.numbers)
        claims += [{"id": f"false-{n}", **claim} for n, claim in enumerate(false)]
        rng.shuffle(claims)
        places = ("false-", *(f'"{claim.get("layer")}' for claim in false if "layer" in claim))
        return Planted(command(base, claims, folder), frozenset(causes), places)
    return None


def swapped(rng: random.Random, n: Numbers):
    kind = rng.choice(["unique", "only", "mean_similarity"])
    a, b = n.names
    take = partial(n.mean if kind == "mean_similarity" else getattr(n, kind))
    form = "{:.4f}" if kind == "mean_similarity" else "{}"
    if form.format(take(a)) == form.format(take(b)):
        return None
    pairs = ((a, b), (b, a))
    claims = [{"kind": kind, "network": x, "value": form.format(take(y))} for x, y in pairs]
    return claims, {"names_swapped"}


def swapped_words(rng: random.Random, n: Numbers):
    name, layer = rng.choice(n.names), rng.choice(n.layers)
    other = n.top(n.other(name), layer)[: rng.randint(3, 5)]
    mine = dict(n.top(name, layer))
    if all(mine.get(w) == c for w, c in other):
        return None
    listed = [[w, c] for w, c in other]
    claim = {"kind": "top", "network": name, "layer": layer, "concepts": listed}
    return [claim], {"names_swapped"}


def summed(rng: random.Random, n: Numbers):
    name, kind = rng.choice(n.names), rng.choice(["unique", "shared"])
    if kind == "unique":
        value = sum(n.unique(name, layer) for layer in n.layers)
        return [{"kind": kind, "network": name, "value": value}], {"sum_instead_of_union"}
    value = sum(n.shared(layer) for layer in n.layers)
    return [{"kind": kind, "value": value}], {"sum_instead_of_union"}


def one_layer(rng: random.Random, n: Numbers):
    name, layer = _some(rng, n)
    kind = rng.choice(["unique", "jaccard", "shared"])
    if kind == "jaccard":
        claim = {"kind": kind, "value": f"{n.jaccard(layer):.3f}"}
        wrong = f"{n.jaccard():.3f}" != claim["value"]
    elif kind == "shared":
        claim = {"kind": kind, "value": n.shared(layer)}
        wrong = n.shared() != n.shared(layer)
    else:
        claim = {"kind": kind, "network": name, "value": n.unique(name, layer)}
        wrong = n.unique(name) != n.unique(name, layer)
    return ([claim], {"one_layer_for_all"}) if wrong else None


def total(rng: random.Random, n: Numbers):
    name, layer = _some(rng, n)
    word = _words_of(rng, n, name, layer)
    value = n.count(name, word)
    if value == n.count(name, word, layer):
        return None
    claim = {"kind": "count", "network": name, "layer": layer, "concept": word, "value": value}
    return [claim], {"total_for_one_layer"}


def other_layer(rng: random.Random, n: Numbers):
    name, layer = _some(rng, n)
    other = rng.choice([one for one in n.layers if one != layer])
    if rng.random() < 0.5:
        value = f"{n.jaccard(other):.3f}"
        if value == f"{n.jaccard(layer):.3f}":
            return None
        return [{"kind": "jaccard", "layer": layer, "value": value}], {"other_layer"}
    word = _words_of(rng, n, name, other)
    value = n.count(name, word, other)
    if value == n.count(name, word, layer):
        return None
    claim = {"kind": "count", "network": name, "layer": layer, "concept": word, "value": value}
    return [claim], {"other_layer"}


def impossible(rng: random.Random, n: Numbers):
    name, layer = _some(rng, n)
    word, value = _words_of(rng, n, name, layer), n.units(name, layer) + rng.randint(20, 900)
    if rng.random() < 0.4:
        claim = {"kind": "unique", "network": name, "layer": layer, "value": value}
    else:
        claim = {"kind": "count", "network": name, "layer": layer, "concept": word, "value": value}
    return [claim], {"impossible_count"}


def algebra(rng: random.Random, n: Numbers):
    """One number of a Venn diagram mistyped: the regions no longer add up."""
    name, layer = _some(rng, n)
    values = {"unique": n.unique(name, layer), "only": n.only(name, layer)}
    values["shared"] = n.shared(layer)
    wrong = rng.choice(list(values))
    values[wrong] += rng.choice([-3, 3, 4, 7, 9])
    if values[wrong] < 0:
        return None
    claims = [{"kind": k, "layer": layer, "value": v} for k, v in values.items()]
    for claim in claims[:2]:
        claim["network"] = name
    return claims, {"set_algebra"}


def jaccard_algebra(rng: random.Random, n: Numbers):
    """Jaccard given as shared over the smaller set, or over the sum of both sets."""
    layer, (a, b) = rng.choice(n.layers), n.names
    sizes = n.unique(a, layer), n.unique(b, layer)
    value = n.shared(layer) / rng.choice([min(sizes), sum(sizes)])
    claims = [
        {"kind": "jaccard", "layer": layer, "value": f"{value:.3f}"},
        {"kind": "shared", "layer": layer, "value": n.shared(layer)},
        {"kind": "union", "layer": layer, "value": n.union(layer)},
    ]
    return claims, {"set_algebra", "other_denominator"}


def denominator(rng: random.Random, n: Numbers):
    name, layer = _some(rng, n)
    word = _words_of(rng, n, name, layer)
    value = f"{100 * n.count(name, word, layer) / n.units(name):.1f} %"
    if value == f"{100 * n.count(name, word, layer) / n.units(name, layer):.1f} %":
        return None
    claim = {"kind": "share", "network": name, "layer": layer, "concept": word, "value": value}
    return [claim | {"denominator": "units"}], {"other_denominator"}


def unit_off(rng: random.Random, n: Numbers):
    name = rng.choice(n.names)
    rows = n.tables[name]
    place = rng.randrange(len(rows) - 1)
    layer, unit, word, value = rows[place]
    after = rows[place + 1]
    if after[0] != layer or after[2] == word or round(after[3], 3) == round(value, 3):
        return None
    claim = {"kind": "label", "network": name, "layer": layer, "unit": unit, "value": after[2]}
    if rng.random() < 0.4:
        claim |= {"kind": "similarity", "value": f"{after[3]:.4f}"}
    return [claim], {"off_by_one"}


def count_off(rng: random.Random, n: Numbers):
    name, layer = _some(rng, n)
    kind = rng.choice(["unique", "only", "count"])
    claim: Claim = {"kind": kind, "network": name, "layer": layer}
    if kind == "count":
        claim["concept"] = _words_of(rng, n, name, layer)
        value = n.count(name, claim["concept"], layer)
    else:
        value = getattr(n, kind)(name, layer)
    return [claim | {"value": value + rng.choice([-1, 1])}], {"off_by_one"}


def typo(rng: random.Random, n: Numbers):
    """Two digits exchanged on the way from the table into the text."""
    name = rng.choice(n.names)
    digits = str(n.unique(name))
    place = rng.randrange(len(digits) - 1)
    mixed = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    if mixed == digits or mixed[0] == "0":
        return None
    return [{"kind": "unique", "network": name, "value": int(mixed)}], set()


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
