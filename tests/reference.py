"""Slow definitions, in float64 and one unit at a time: similarity functions, units of layers.

The five similarity functions are written with the paper's symbols.

A is activations (images, units), P the cosine of image and concept features (images, concepts), S
the softmax of a·P over concepts. Slow, short and without tricks: what `study.similarity` is
compared with. Below them stand histograms, places and neighbours of units.
"""

import math

import numpy as np
import torch
from scipy.special import logsumexp, softmax


def cosines(image_features, concept_features):
    """P, by images then concepts; a feature of length 0 has cosine 0 with everything."""
    return np.array([[_cosine(image, c) for c in concept_features] for image in image_features])


def _cosine(left, right):
    lengths = np.linalg.norm(left) * np.linalg.norm(right)
    return np.dot(left, right) / lengths if lengths > 0 else 0.0


def top_images(A, unit, top_k):
    """The unit's `top_k` most active images, the first of equals first."""
    return sorted(range(len(A)), key=lambda image: (-float(A[image][unit]), image))[:top_k]


def soft_wpmi(
    image_features, concept_features, A,
    *, top_k=100, a=10, lam=1, min_prob=1e-7, p_start=0.998, p_end=0.97,
):  # fmt: skip
    S = softmax(a * cosines(image_features, concept_features), axis=1)
    p = p_start - np.arange(top_k)[:, None] / top_k * (p_start - p_end)
    tops = [top_images(A, unit, top_k) for unit in range(len(A[0]))]
    s = [np.log(1 + p * (S[images] - 1) + min_prob).sum(axis=0) for images in tops]
    return _less_shared(s, lam)


def wpmi(image_features, concept_features, A, *, top_k=28, a=2, lam=0.6, min_prob=1e-7):
    S = softmax(a * cosines(image_features, concept_features), axis=1)
    tops = [top_images(A, unit, top_k) for unit in range(len(A[0]))]
    s = [np.log(S[images] + min_prob).sum(axis=0) for images in tops]
    return _less_shared(s, lam)


def _less_shared(s, lam):
    """s - lam (logsumexp over units - log #units)."""
    return s - lam * (logsumexp(s, axis=0) - math.log(len(s)))


def rank_reorder(
    image_features, concept_features, A, *, p=3, top_fraction=0.05, scale_p=0.5, generator=None
):
    P = cosines(image_features, concept_features)
    count = int(len(A) * top_fraction)
    generator = generator or torch.Generator().manual_seed(0)
    result = []
    for unit in range(len(A[0])):
        images = top_images(A, unit, count)
        v = [float(A[image][unit]) for image in images]
        ascending = v[::-1]
        drawn = [
            abs(ascending[rank] - ascending[other]) ** p
            for _ in range(5)
            for rank, other in enumerate(torch.randperm(count, generator=generator).tolist())
        ]
        baseline = sum(drawn) / len(drawn)
        row = []
        for concept in range(len(concept_features)):
            shown = [P[image][concept] for image in images]
            by_score = sorted(range(count), key=lambda j: (shown[j], j))
            w = [0.0] * count
            for rank, j in enumerate(by_score):
                w[j] = ascending[rank]
            error = sum(abs(x - y) ** p for x, y in zip(v, w, strict=True)) / count
            quotient = error / baseline if baseline > 0 else 1.0
            row.append(-quotient / max(sum(shown) / count, 1e-6) ** scale_p)
        result.append(row)
    return np.array(result)


def cos_similarity(image_features, concept_features, A):
    P = cosines(image_features, concept_features)
    seen = np.sqrt((P**2).mean(axis=0)) >= 1e-6
    return seen * cosines(np.transpose(A), P.T)


def cos_similarity_cubed(image_features, concept_features, A, *, min_norm=1e-3):
    P = cosines(image_features, concept_features)
    return _cubed(np.array(A), min_norm).T @ _cubed(P, min_norm)


def _cubed(columns, min_norm):
    cubes = (columns - columns.mean(axis=0)) ** 3
    return cubes / np.maximum(np.linalg.norm(cubes, axis=0), min_norm)


FUNCTIONS = {
    function.__name__: function
    for function in (soft_wpmi, wpmi, rank_reorder, cos_similarity, cos_similarity_cubed)
}


def histogram(values, bins=20):
    """Images in each bin from the smallest value to the largest, which the last bin includes."""
    low, high = float(min(values)), float(max(values))
    counts = [0] * bins
    for value in values:
        counts[min(int((float(value) - low) / (high - low) * bins), bins - 1)] += 1
    return counts


def unit_vectors(A, units):
    """Units as rows: activations over the images, centred and of length 1."""
    rows = [np.array(A, dtype=float)[:, unit] for unit in units]
    centred = [row - sum(row) / len(row) for row in rows]
    return np.array([row / math.sqrt(sum(row * row)) for row in centred])


def places(A, units):
    """Principal coordinates by a singular value decomposition, never of a Gram matrix."""
    Z = unit_vectors(A, units)
    U, S, _ = np.linalg.svd(Z - Z.mean(axis=0), full_matrices=False)
    return U[:, :2] * S[:2]


def neighbours(own, other, *, itself, ranks=3, digits=4):
    """Each unit's most correlated units, from {layer: (activations, live units)} of two networks.

    Returns (layer, unit, rank, other layer, other unit, correlation); of equal correlations, the
    first layer and unit.
    """
    rows = []
    for layer, (A, units) in own.items():
        for unit in units:
            found = []
            for place, (name, (B, others)) in enumerate(other.items()):
                for their in others:
                    if not (itself and name == layer and their == unit):
                        x, y = unit_vectors(A, [unit])[0], unit_vectors(B, [their])[0]
                        r = round(sum(p * q for p, q in zip(x, y, strict=True)), digits)
                        found.append((-r, place, their, name))
            for rank, (r, _, their, name) in enumerate(sorted(found)[:ranks], start=1):
                rows.append((layer, unit, rank, name, their, -r))
    return rows
