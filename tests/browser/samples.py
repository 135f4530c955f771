"""Browsers to drive: of published tables, and of made-up units with pictures and maps."""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from study.comparison.analysis import analyse
from study.dissection.loaded import load_runs
from study.report.attachments import by_slug, report_manifest
from study.report.browser.content import SCHEMA, Content, browser_of

HOSTILE = (
    '<img src=x onerror="alert(1)">',
    "</script><script>alert(2)</script>",
    "<!--",
    "long" * 2_500,
    "\u0645\u0637\u0628\u062e abc",
    "a&amp;b=c+d%20/e-7",
    "__proto__",
    'a, "b"',
)


def published(root: Path) -> Content:
    """Return the browser of a published study's two tables."""
    folder = root / "reference-runs" / "published-1"
    runs = load_runs([folder / "imagenet", folder / "places"], names=["ImageNet", "Places365"])
    return of_runs(runs)


def of_runs(runs) -> Content:
    """Return the browser of finished runs."""
    results = analyse(runs)
    made_by = report_manifest(runs, given=None, command=None)
    return browser_of(by_slug(runs, results), {**results, "manifest": made_by})


def made_up(units: int = 60, *, words=("cat", "dog", *HOSTILE), images: int = 6) -> Content:
    """Return a browser of two networks of one layer, with pictures, maps and all that is measured.

    Unit 0 of network A has the label `words[0]`, unit 1 the next, and so on round; network B
    begins with the second word. Unit 3 of each network is dead.
    """
    rng = np.random.default_rng(0)
    pictures = tuple(_picture(rng) for _ in range(images))
    networks, maps = [], []
    for number, name in enumerate(("A & B=C/1", "B")):
        labels = [(unit + number) % len(words) for unit in range(units)]
        live = [unit for unit in range(units) if unit != 3]
        first = len(maps)
        maps += [_map(rng, images) for _ in live]
        places = {unit: first + place for place, unit in enumerate(live)}
        networks.append(
            {
                "name": name,
                "slug": "ab"[number],
                "role": "compared",
                "of": None,
                "digest": f"{number}" * 16,
                "pictures": [[image, image] for image in range(images)],
                "layers": [
                    {
                        "name": "layer-4/x",
                        "units": list(range(units)),
                        "labels": labels,
                        "kinds": [label % 3 - 1 for label in labels],
                        "similarity": rng.normal(size=units).round(4).tolist(),
                        "dead": [3],
                        "significant": [None if u == 3 else u % 4 // 1 and 1 for u in range(units)],
                        "confident": [None if u == 3 else u % 2 for u in range(units)],
                        "margin": rng.random(units).round(4).tolist(),
                        "set_size": [None if u == 3 else u % 7 + 1 for u in range(units)],
                        "sets": [[0, 1] if u % 2 else [] for u in range(units)],
                        "best": [
                            [] if u == 3 else _best(label, words) for u, label in enumerate(labels)
                        ],
                        "profiles": [
                            None
                            if u == 3
                            else [0.0, 2.0, list(range(20)), *rng.normal(size=2).round(4).tolist()]
                            for u in range(units)
                        ],
                        "near": [
                            [] if u == 3 else [[1 - number, "layer-4/x", (u + 5) % units, 0.91]]
                            for u in range(units)
                        ],
                        "top": [
                            []
                            if u == 3
                            else [[i, 2.0 - i / 10, bool(i % 2)] for i in range(images)]
                            for u in range(units)
                        ],
                        "maps": {
                            "grid": [0.07, 0.14, 0.07, 0.14],
                            "units": [
                                None if u == 3 else [images, 7, 7, 0.0, 2.0, places[u]]
                                for u in range(units)
                            ],
                        },
                    }
                ],
            }
        )
    document = {
        "schema": SCHEMA,
        "title": "<b>Made up</b>",
        "pair": {
            "a": 0,
            "b": 1,
            "layers": [["layer-4/x", "layer-4/x"]],
            "differ": [],
            "states": False,
        },
        "meanings": {"similarity": "how well", "margin": "less the next"},
        "networks": networks,
        "words": list(words),
        "kinds": ["animal", "scene"],
        "images": [f"photo <{image}>.jpg" for image in range(images)],
    }
    json.dumps(document, allow_nan=False)
    return Content(document, pictures, tuple(maps))


def _best(label: int, words) -> list[list]:
    return [[(label + rank) % len(words), 0.5 - 0.2 * rank] for rank in range(5)]


def _picture(rng: np.random.Generator) -> str:
    data = io.BytesIO()
    pixels = rng.integers(0, 256, (96, 96, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(data, "WEBP", quality=30)
    return base64.b64encode(data.getvalue()).decode()


def _map(rng: np.random.Generator, images: int) -> str:
    return base64.b64encode(rng.integers(0, 256, images * 49, dtype=np.uint8).tobytes()).decode()
