"""What the image-text model is trained to do: two contrasts between pictures and texts."""

import torch
import torch.nn.functional as F


def caption_loss(
    logits: torch.Tensor, known: torch.Tensor, negatives: torch.Tensor | None = None
) -> torch.Tensor:
    """Each picture finds its caption and each caption its picture.

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
    rows = logits if negatives is None else torch.cat([logits, negatives], dim=1)
    return (F.cross_entropy(rows, own) + F.cross_entropy(logits.T, own)) / 2


def word_loss(logits: torch.Tensor, matches: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Each true word beats all false words of its picture, and all pictures it is false of.

    This is the contrast of `caption_loss` with single words as captions, all of them at once, and
    known false negatives left out: a true word contrasts with false ones only.

    Parameters
    ----------
    logits
        (pictures, words): scaled cosines with all words of the vocabulary.
    matches
        bool, the same shape: which words are true. Words without a true picture take part as
        negatives only.
    weights
        (words,): how much each word counts.
    """
    false_words = logits.masked_fill(matches, -torch.inf).logsumexp(dim=1, keepdim=True)
    false_pictures = logits.masked_fill(matches, -torch.inf).logsumexp(dim=0, keepdim=True)
    across = F.softplus(false_words - logits)
    down = F.softplus(false_pictures - logits)
    # Within a word its pictures share the word's weight, so that rare words are not drowned.
    shares = matches * weights / matches.sum(dim=0).clamp(min=1)
    return ((across + down) * shares).sum() / (2 * shares.sum().clamp(min=1e-9))
