"""How alike a unit and a concept are: the five functions of CLIP-Dissect, fused and blocked.

Every function takes image features (images, width), concept features (concepts, width) and
activations (images, units) and returns similarities (units, concepts) in float32. P, the cosine
of image and concept features, is computed a block of concepts at a time and never kept.

A similarity is no property of a unit alone: `soft_wpmi` and `wpmi` subtract what all units of the
layer share, and a softmax over concepts depends on the whole concept set. Leaving units or
concepts out changes the other scores.

References
----------
Oikarinen and Weng, "CLIP-Dissect: Automatic Description of Neuron Representations in Deep Vision
Networks", ICLR 2023, section 3 and appendix A.
"""

from study.similarity.registry import (
    DEFAULTS,
    NEEDS_TOP_IMAGES_ONLY,
    SIMILARITY_FUNCTIONS,
    TOP_FUNCTIONS,
)
from study.similarity.top import top_images
from study.similarity.wpmi import best_concepts, soft_wpmi_top, wpmi_top

__all__ = [
    "DEFAULTS",
    "NEEDS_TOP_IMAGES_ONLY",
    "SIMILARITY_FUNCTIONS",
    "TOP_FUNCTIONS",
    "best_concepts",
    "soft_wpmi_top",
    "top_images",
    "wpmi_top",
]
