"""Write the miniature's claims with the mistakes of an early published report planted in them.

Run ``python -m tests.verify.plant_claims report > fixtures/verify/miniature-claims.toml`` when the
miniature has changed. Planted are both layer-2 paragraphs and both outer regions of the Venn
diagram under the other network's name, three counts that no cell of the heatmap holds, and the
layer with the lowest Jaccard index called the highest.
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

from tests.verify.faults.claims import Claim, toml

HEAD = """\
# Claims about the miniature: some are true, others make the mistakes of an early published report.
# Written by tests/verify/plant_claims.py from the miniature's report; rewrite it when that changes.
"""


def labels(report: Path, slug: str, layer: str) -> list[str]:
    with (report / slug / "descriptions.csv").open(newline="", encoding="utf-8") as file:
        return [row["description"] for row in csv.DictReader(file) if row["layer"] == layer]


def planted(report: Path) -> list[Claim]:
    results = json.loads((report / "results.json").read_text(encoding="utf-8"))
    a, b = results["networks"][:2]
    pair = results["comparison"]
    first, *_, deepest = pair["layers"]
    claims: list[Claim] = []

    def claim(name: str, kind: str, **fields: object) -> None:
        claims.append({"id": name, "kind": kind, **fields})

    for network in (a, b):
        name, slug = network["name"], network["slug"]
        claim(f"unique-{slug}", "unique", network=name, value=network["unique"])
        word, count = network["layers"][deepest]["top"][0]
        claim(f"top-{slug}", "count", network=name, layer=deepest, concept=word, value=count)
    claim("shared", "shared", value=pair["overall"]["shared"])
    for layer, overlap in pair["layers"].items():
        claim(f"jaccard-{layer}", "jaccard", layer=layer, value=f"{overlap['jaccard']:.4f}")
        claim(f"shared-{layer}", "shared", layer=layer, value=overlap["shared"])
    for network, other, only in ((a, b, "only_b"), (b, a, "only_a")):
        name, slug = network["name"], network["slug"]
        words = list(dict.fromkeys(labels(report, other["slug"], first)))[:5]
        claim(f"{first}-{slug}", "examples", network=name, layer=first, concepts=words)
        claim(f"venn-{slug}", "only", network=name, value=pair["overall"][only])
    for word, count in Counter(labels(report, a["slug"], deepest)).most_common(3):
        name = f"{word}-{a['slug']}".replace(" ", "-")
        claim(name, "count", network=a["name"], layer=deepest, concept=word, value=count * 2 + 1)
    lowest = min(pair["layers"], key=lambda layer: pair["layers"][layer]["jaccard"])
    claim("jaccard-highest", "highest", quantity="jaccard", value=lowest)
    return claims


if __name__ == "__main__":
    text = toml(planted(Path(sys.argv[1])), title="The miniature, with planted mistakes")
    sys.stdout.write(HEAD + text)
