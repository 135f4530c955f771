"""Write the miniature's claims with the mistakes of an early published report planted in them.

Run ``python -m tests.verify.plant_claims > fixtures/verify/miniature-claims.toml`` when the sample
report has changed. Planted are both layer-2 paragraphs and both outer regions of the Venn diagram
under the other network's name, three counts that no cell of the heatmap holds, and the layer with
the lowest Jaccard index called the highest.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.verify.faults.base import Base, miniature
from tests.verify.faults.claims import Claim, claim, toml

HEAD = """\
# Claims about the miniature: some are true, others make the mistakes of an early published report.
# Written by tests/verify/plant_claims.py from the miniature's report; rewrite it when that changes.
"""


def planted(base: Base) -> list[Claim]:
    n, (a, _) = base.numbers, base.runs
    first, *_, last = n.layers
    claims: dict[str, Claim] = {}
    for name, slug in base.runs.items():
        word, count = n.top(name, last)[0]
        claims[f"unique-{slug}"] = claim("unique", name, value=n.unique(name))
        claims[f"top-{slug}"] = claim("count", name, last, concept=word, value=count)
    claims["shared"] = claim("shared", value=n.shared())
    for layer in n.layers:
        value = f"{n.jaccard(layer):.4f}"
        claims[f"jaccard-{layer}"] = claim("jaccard", None, layer, value=value)
        claims[f"shared-{layer}"] = claim("shared", None, layer, value=n.shared(layer))
    for name, slug in base.runs.items():
        words = list(dict.fromkeys(n.words(n.other(name), first)))[:5]
        claims[f"{first}-{slug}"] = claim("examples", name, first, concepts=words)
        claims[f"venn-{slug}"] = claim("only", name, value=n.only(n.other(name)))
    for word, count in Counter(n.words(a, last)).most_common(3):
        false = claim("count", a, last, concept=word, value=count * 2 + 1)
        claims[f"{word}-{base.runs[a]}".replace(" ", "-")] = false
    lowest = min(n.layers, key=n.jaccard)
    claims["jaccard-highest"] = claim("highest", quantity="jaccard", value=lowest)
    return [{"id": name, **each} for name, each in claims.items()]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        claims = planted(miniature(Path(folder)))
    sys.stdout.write(HEAD + toml(claims, title="The miniature, with planted mistakes"))
