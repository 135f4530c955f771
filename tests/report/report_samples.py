"""Finished dissections made by hand: one small enough for paper, one with every measurement."""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from study.dissection import labels, resamples
from study.dissection.card_table import card_name
from study.dissection.loaded import load_runs
from study.dissection.run import Run
from study.files import documents

PAPER = {
    "Alpha": {
        "layer1": ["dot", "dot", "dot", "red", "red", "sky"],
        "layer2": ["cat", "cat", "dog", "sky"],
    },
    "Beta": {
        "layer1": ["dot", "dot", "red", "grass", "grass", "grass"],
        "layer2": ["room", "room", "sky", "cat"],
    },
}
"""Twenty labels. Union 7, shared dot, red, sky, cat: Jaccard 4/7; layer1 2/4; layer2 2/4."""

NASTY = [
    "<script>alert(1)</script>",
    "$\\frac{1}{2}$ & {{ boom }} %s {0}",
    "=1+1",
    "\u05e9\u05dd evil",
    "שלום עולם",
    "مرحبا",
    "🦊",
    "漢字",
    "x" * 10_000,
    "null",
    "nan",
    "a_b^c",
    '"><img src=x onerror=alert(1)>',
    "</style></data></bdi>",
    "1,234 units",
    "two",
]


def write_table(folder: Path, layers: Mapping[str, list[str]], *, start: float = 0.2) -> Path:
    """Write ``descriptions.csv`` with similarities that rise by 0.01 from unit to unit."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        (layer, unit, word, round(start + unit / 100, 4))
        for layer, words in layers.items()
        for unit, word in enumerate(words)
    ]
    frame = pd.DataFrame(rows, columns=["layer", "unit", "description", "similarity"])
    frame.to_csv(folder / "descriptions.csv", index=False, lineterminator="\n")
    return folder


def paper_runs(
    root: Path, tables: Mapping[str, Mapping[str, list[str]]] = PAPER
) -> tuple[Run, ...]:
    """Return the runs that can be checked on paper: tables only."""
    folders = [
        write_table(root / f"run{i}", layers, start=0.2 + i / 10)
        for i, layers in enumerate(tables.values())
    ]
    return load_runs(folders, names=list(tables))


def full_runs(root: Path) -> tuple[dict, tuple[Run, ...]]:
    """Return a study's manifest and three runs, one of them a control, with all that is measured."""
    tables = {
        "Objects": {
            "layer2": _cycle(["dot", "red", "stripe", "stripes"], 24),
            "layer4.1.conv2": _cycle(["cat", "dog", "wheel", "dot", "cup"], 40),
        },
        "Scenes": {
            "layer2": _cycle(["dot", "red", "grass"], 24),
            "layer4.1.conv2": _cycle(["room", "beach", "dot", "street"], 40),
        },
        "Untrained": {
            "layer2": _cycle(["red", "blue"], 24),
            "layer4.1.conv2": _cycle(["blue", "red", "dot"], 40),
        },
    }
    networks = [
        {
            "name": name,
            "slug": name.lower(),
            "role": "control" if name == "Untrained" else "compared",
            "architecture": "narrow_resnet18",
            "classes": 40,
            "weights": f"file:{name}.safetensors",
            "sha256": f"{i}" * 64,
            "layers": list(tables[name]),
            "preprocessing": {"resize": 64},
        }
        for i, name in enumerate(tables)
    ]
    packages = {"torch": "2.14.1"}
    skipped = [["broken.png", "unreadable"]]
    probe = {"kind": "zip", "name": "probe.zip", "images": 3000, "digest": "ab" * 32}
    concepts = {"name": "words.txt", "count": 500, "digest": "cd" * 32, "file_sha256": "ef" * 32}
    dissection = {
        "layers": ["layer2", "layer4.1.conv2"],
        "pool": "avg",
        "similarity": "soft_wpmi",
        "settings": {"top_k": 20, "lam": 1.0},
        "precision": "float32",
        "device": "cpu",
    }
    document = {
        "schema": documents.SCHEMA,
        "title": "What networks know",
        "preset": "tiny",
        "demonstration": "drawn images, small networks: a demonstration",
        "limit": None,
        "program": {"study": "0.1.0", "python": "3.11.7", "packages": packages},
        "probe": {**probe, "skipped": skipped, "truth": "truth.csv"},
        "concepts": concepts,
        "encoder": {"model": "clip", "weights": "file:clip.safetensors", "sha256": "12" * 32},
        "dissection": dissection,
        "measures": {
            "resamples": 50,
            "splits": 25,
            "set_limit": 3,
            "sensitivity": [100],
            "seed": 0,
        },
        "networks": networks,
        "files": {},
    }
    folders = []
    for entry in networks:
        folder = write_table(root / entry["slug"], tables[entry["name"]])
        _measure(folder, tables[entry["name"]], trained=entry["role"] == "compared")
        own = {key: value for key, value in document.items() if key != "networks"}
        documents.write({**own, "network": entry}, folder / "manifest.json")
        folders.append(folder)
    return document, load_runs(folders, names=list(tables))


def _cycle(words: list[str], units: int) -> list[str]:
    return [words[(unit * unit + unit // 3) % len(words)] for unit in range(units)]


CATEGORIES = {"dot": "texture", "red": "colour", "blue": "colour"}
CATEGORIES |= dict.fromkeys(("room", "beach", "street"), "scene")


def _measure(folder: Path, layers: Mapping[str, list[str]], *, trained: bool) -> None:
    frame = pd.concat([_measurements(*layer, trained=trained) for layer in layers.items()])
    frame = frame.reset_index(drop=True)
    frame.loc[0, ["label", "runner_up", "category"]] = ""
    frame.loc[0, "dead"] = 1
    frame.loc[0, "margin"] = float("nan")
    labels.write(frame, folder / "labels.csv")
    shifted = {
        layer: [words[n:] + words[:n] for n in (0, 1, 0, 3)] for layer, words in layers.items()
    }
    resamples.write(shifted, folder / resamples.HALVES, halves=True)
    classes = [("unit,class,label,rank"), *(f"{i},c{i},c{i},{1 + i % 7}" for i in range(20))]
    (folder / "classes.csv").write_text("\n".join(classes) + "\n")
    other = ["setting,value,layer,unit,label,similarity,precision,own_precision"]
    cards = ["layer,unit,chosen,position,image,activation,shows"]
    (folder / "cards").mkdir(exist_ok=True)
    for layer, words in layers.items():
        for unit, word in enumerate(words):
            other.append(f"top_k,100,{layer},{unit},{word if unit % 4 else 'sky'},0.2,0.5,0.25")
        for unit, chosen in ((3, "surest"), (5, "typical"), (7, "least sure"), (9, "")):
            for position in range(1, 7):
                cards.append(f"{layer},{unit},{chosen},{position},img{position}.png,1.5,{unit % 2}")
            picture = io.BytesIO()
            Image.new("RGB", (586, 194), (40 * unit % 256, 90, 120)).save(picture, "JPEG")
            (folder / "cards" / card_name(layer, unit)).write_bytes(picture.getvalue())
    (folder / "sensitivity.csv").write_text("\n".join(other) + "\n")
    (folder / "cards.csv").write_text("\n".join(cards) + "\n")


def _measurements(layer: str, words: list[str], *, trained: bool) -> pd.DataFrame:
    unit = np.arange(len(words))
    good = (0.7 if trained else 0.2) + unit % 5 / 50
    columns = {
        "layer": layer,
        "unit": unit,
        "label": words,
        "similarity": (0.2 + unit / 100).round(4),
        "runner_up": "sky",
        "margin": 0.01 + unit / 1000,
        "dead": 0,
        "p_random": 1 - good,
        "significant": (unit % 4 > 0).astype(int),
        "stability": good,
        "set_size": 1 + unit % 6,
        "confident": (unit % 6 < 3).astype(int),
        "reproduced": good - 0.1,
        "category": [CATEGORIES.get(word, "object") for word in words],
        "base_rate": 0.05,
    }
    for measure, value in (("pearson", good / 2), ("auprc", good), ("precision", good)):
        columns |= {measure: value, f"{measure}_others": 0.05 + unit % 3 / 50}
        columns |= {f"{measure}_constant": 0.12 + unit % 2 / 50, f"{measure}_missing": value / 2}
        columns |= {f"{measure}_extra": value + 0.1 * (measure == "precision") - 0.05}
    return pd.DataFrame(columns)


def dumps(document: object) -> bytes:
    """Return a document as the evidence holds it."""
    return json.dumps(document, ensure_ascii=False).encode()
