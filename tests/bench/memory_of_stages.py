"""Memory of the stages that rank images, on made-up activations: a fresh process for each.

``python -m tests.bench.memory_of_stages [IMAGES [ROOT]]`` with ROOT another checkout to measure.
Printed is the peak above the activations, which the stage is given.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_UNITS, _CONCEPTS, _WIDTH = 896, 20_000, 512
_SETUP = """
import resource, sys
import numpy as np, torch
from study.labelling import scoring, significance, stability, top_images
images, units, words, width = map(int, sys.argv[2:])
generator = np.random.default_rng(0)
values = np.empty((images, units), np.float32)
for start in range(0, images, 4096):
    part = values[start : start + 4096]
    part[:] = generator.standard_normal(part.shape, dtype=np.float32)
counts = stability.draw_counts(images, resamples=10, seed=0)
halves = stability.half_masks(images, splits=5, seed=0)

def scorer():
    needed = np.arange(0, images, max(1, images // 20000))
    rows = np.arange(images) % len(needed)
    features = generator.standard_normal((len(needed), width), dtype=np.float32)
    concepts = generator.standard_normal((words, width), dtype=np.float32)
    settings = scoring.resolved_settings("soft_wpmi", {})
    features, concepts = torch.from_numpy(features), torch.from_numpy(concepts)
    return scoring.Scorer("soft_wpmi", settings, features, rows, concepts)

def needed():
    sets = significance.random_sets(images, 100, seed=0)
    wanted = top_images.Wanted(100, (50,), "index", counts, halves, sets)
    top_images.needed_images([(values, True)], wanted)

def labels():
    scorer().of_activations(values)

def resamples():
    scorer().labels_of_resamples(values, counts, lambda _: None)

def half():
    scorer().of_images(values, np.flatnonzero(halves[0]))

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
locals()[sys.argv[1]]()
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(before >> 10, after >> 10)
"""
STAGES = {
    "needed": "images that the encoder must see",
    "labels": "labels of a layer",
    "resamples": "labels of 10 resamples",
    "half": "scores of one half",
}


def main(images: int, root: Path) -> None:
    """Print the peak of each stage, in MB."""
    sizes = (images, _UNITS, _CONCEPTS, _WIDTH)
    array = images * _UNITS * 4 >> 20
    sys.stdout.write(f"{images:,} images x {_UNITS} units, {array} MB of activations\n")
    for stage, meaning in STAGES.items():
        said = subprocess.run(
            [sys.executable, "-c", _SETUP, stage, *map(str, sizes)],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        )
        before, after = map(int, said.stdout.split())
        line = f"  {meaning}: {after} MB, {after - before} MB above what it was given\n"
        sys.stdout.write(line)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else ROOT,
    )
