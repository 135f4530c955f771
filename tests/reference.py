"""The five similarity functions as plain loops in float64, with the paper's symbols.

A is activations (images, units), P the cosine of image and concept features (images, concepts), S
the softmax of a·P over concepts. Slow, short and without tricks: what `study.similarity` is
compared with.
"""

import math

import numpy as np
import torch


def cosines(image_features, concept_features):
    """P, by images then concepts; a feature of length 0 has cosine 0 with everything."""
    return [[_cosine(image, concept) for concept in concept_features] for image in image_features]


def _cosine(image, concept):
    lengths = math.sqrt(_dot(image, image)) * math.sqrt(_dot(concept, concept))
    return _dot(image, concept) / lengths if lengths > 0 else 0.0


def _dot(left, right):
    return sum(float(x) * float(y) for x, y in zip(left, right, strict=True))


def top_images(A, unit, top_k):
    """The unit's `top_k` most active images, the first of equals first."""
    return sorted(range(len(A)), key=lambda image: (-float(A[image][unit]), image))[:top_k]


def softmax(P, a):
    """S: for each image the softmax over concepts of a·P."""
    rows = []
    for row in P:
        highest = max(row)
        weights = [math.exp(a * (p - highest)) for p in row]
        total = sum(weights)
        rows.append([weight / total for weight in weights])
    return rows


def soft_wpmi(
    image_features, concept_features, A,
    *, top_k=100, a=10, lam=1, min_prob=1e-7, p_start=0.998, p_end=0.97,
):  # fmt: skip
    S = softmax(cosines(image_features, concept_features), a)
    s = []
    for unit in range(len(A[0])):
        row, images = [], top_images(A, unit, top_k)
        for concept in range(len(concept_features)):
            total = 0.0
            for j, image in enumerate(images):
                p_j = p_start - j / top_k * (p_start - p_end)
                total += math.log(1 + p_j * (S[image][concept] - 1) + min_prob)
            row.append(total)
        s.append(row)
    return _less_shared(s, lam)


def wpmi(image_features, concept_features, A, *, top_k=28, a=2, lam=0.6, min_prob=1e-7):
    S = softmax(cosines(image_features, concept_features), a)
    tops = [top_images(A, unit, top_k) for unit in range(len(A[0]))]
    s = [
        [
            sum(math.log(S[image][concept] + min_prob) for image in images)
            for concept in range(len(concept_features))
        ]
        for images in tops
    ]
    return _less_shared(s, lam)


def _less_shared(s, lam):
    """s - lam (logsumexp over units - log #units)."""
    shared = []
    for column in zip(*s, strict=True):
        highest = max(column)
        logsumexp = highest + math.log(sum(math.exp(value - highest) for value in column))
        shared.append(logsumexp - math.log(len(s)))
    return np.array([[v - lam * h for v, h in zip(row, shared, strict=True)] for row in s])


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
    P = np.array(cosines(image_features, concept_features))
    blind = np.sqrt((P**2).mean(axis=0)) < 1e-6
    return np.array(
        [
            [0.0 if blind[c] else _cosine(unit, P[:, c]) for c in range(P.shape[1])]
            for unit in np.array(A).T
        ]
    )


def cos_similarity_cubed(image_features, concept_features, A, *, min_norm=1e-3):
    P = np.array(cosines(image_features, concept_features))
    return np.array(
        [
            [_dot(_cubed(unit, min_norm), _cubed(concept, min_norm)) for concept in P.T]
            for unit in np.array(A).T
        ]
    )


def _cubed(column, min_norm):
    cubes = (column - column.mean()) ** 3
    return cubes / max(math.sqrt(_dot(cubes, cubes)), min_norm)


FUNCTIONS = {
    function.__name__: function
    for function in (soft_wpmi, wpmi, rank_reorder, cos_similarity, cos_similarity_cubed)
}
