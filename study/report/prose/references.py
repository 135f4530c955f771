"""List the works that a report rests on, those that apply to it."""

import json
from functools import cache
from pathlib import Path

from markupsafe import Markup

from study.dissection.families import OWN
from study.report.lookup import compared_pairs, having, networks, pairs_with_twins
from study.report.pen import Pen

_FILE = Path(__file__).parents[1] / "references.json"


def references(pen: Pen) -> list[Markup]:
    """Return the works that apply to a report: method, encoder, data, tests."""
    applying = _applying(pen)
    return [pen.given(work, 400) for name, work in _works().items() if name in applying]


def works() -> list[str]:
    """Return every work that a report may refer to."""
    return list(_works().values())


def _applying(pen: Pen) -> set[str]:
    manifest = pen.document["manifest"]
    names = {"clip-dissect", "network-dissection", "jaccard"}
    if manifest.get("encoder", "kind").value != "truth":
        names.add("clip")
    every = networks(pen, controls=True)
    said = " ".join(
        str(text).casefold()
        for text in (
            *(one["name"].value for one in every),
            *(one.get("architecture").value for one in manifest.get("networks") or ()),
        )
    )
    names |= {name for name in ("resnet", "imagenet", "places") if name in said}
    if any(one["categories"].get("source").value == OWN for one in having(pen, "categories")):
        names |= {"wordnet", "dtd", "places"}
    if compared_pairs(pen):
        names |= {"holm", "fisher", "westfall-young"}
    if any(pair.get("differences") for pair in pen.document["pairs"]):
        names.add("newcombe")
    if pairs_with_twins(pen):
        names.add("cka")
    return names


@cache
def _works() -> dict[str, str]:
    works: dict[str, str] = json.loads(_FILE.read_text(encoding="utf-8"))
    return works
