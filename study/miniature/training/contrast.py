"""Losses of the image-text model: contrasts between pictures and texts."""

import torch
import torch.nn.functional as F

MIDDLE = 10.0
"""The scaled cosine that is neutral about a word: a cosine of 0.1 at the scale of 100."""


def caption_loss(
    logits: torch.Tensor, known: torch.Tensor, negatives: torch.Tensor
) -> torch.Tensor:
    """Contrast pictures with captions: each must pick its partner among all.

    Parameters
    ----------
    logits
        (pictures, pictures): scaled cosines, captions across, each caption under its picture.
    known
        bool, the same shape: captions that are no negatives of a picture, being true of it.
    negatives
        (pictures, texts): scaled cosines with captions that are true of no picture.

    References
    ----------
    .. [1] Radford et al., "Learning Transferable Visual Models From Natural Language
       Supervision", 2021, figure 3.
    """
    own = torch.arange(len(logits))
    known = known.clone()
    known[own, own] = False
    logits = logits.masked_fill(known, -torch.inf)
    rows = torch.cat([logits, negatives], dim=1)
    return (F.cross_entropy(rows, own) + F.cross_entropy(logits.T, own)) / 2


def word_loss(
    logits: torch.Tensor, matches: torch.Tensor, weights: torch.Tensor, priors: torch.Tensor
) -> torch.Tensor:
    """Classify each pair of a picture and a word as true or false.

    Parameters
    ----------
    logits
        (pictures, words): log odds that the picture adds; of scaled cosines, less `MIDDLE`.
    matches
        bool, the same shape: which words are true.
    weights
        (words,): how much each word counts.
    priors
        (words,): log odds of each word before the picture is seen. With them the cosine learns
        how much likelier the picture makes the word, as in the contrast of captions, and not how
        common the word is.

    References
    ----------
    .. [1] Zhai et al., "Sigmoid Loss for Language Image Pre-Training", 2023, equation 2, with
       fixed scale and biases and several true words a picture.
    """
    odds = logits + priors
    losses = F.binary_cross_entropy_with_logits(odds, matches.float(), reduction="none")
    return (losses * weights).sum() / len(logits)


def name_loss(
    logits: torch.Tensor, matches: torch.Tensor, weights: torch.Tensor, groups: torch.Tensor
) -> torch.Tensor:
    """Rank each true word above the false ones of its category.

    It is the contrast of `caption_loss` from pictures to texts with single words as captions and
    known false negatives left out, within a category: what zero-shot classification needs.

    Parameters
    ----------
    logits, matches, weights
        As in `word_loss`.
    groups
        int64 (words,): the category of each word, from 0; -1 for words that never appear, which
        take no part.
    """
    total = torch.zeros(())
    for group in range(int(groups.max()) + 1):
        members = torch.nonzero(groups == group)[:, 0]
        own, true = logits[:, members], matches[:, members]
        rivals = own.masked_fill(true, -torch.inf).logsumexp(dim=1, keepdim=True)
        losses = F.softplus(rivals - own) * true * weights[members]
        total = total + losses.sum() / len(logits)
    return total
