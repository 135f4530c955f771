"""The small vocabulary of tokens, cut from the one that open_clip installs."""

import gzip
import io
import itertools
from collections.abc import Iterable

from open_clip.tokenizer import SimpleTokenizer

MERGES_FILE = "bpe.txt.gz"
_HEADER = "#version: 0.2"


def cut_merges(words: Iterable[str], *, full: SimpleTokenizer | None = None) -> bytes:
    """Keep those merges of open_clip's byte-pair encoding that some words need.

    All words are segmented as with the full list: a merge that applies has the lowest rank of
    those possible, in any subset that holds it and keeps the order.

    Parameters
    ----------
    words
        Words or phrases; their order and repetitions change nothing.
    full
        The tokenizer to cut from (default: open_clip's own).

    Returns
    -------
    bytes
        A gzipped merges file as `SimpleTokenizer` reads it; equal input gives equal bytes.
    """
    full = full or SimpleTokenizer()
    needed: set[tuple[str, str]] = set()
    for word in words:
        for piece in full.pat.findall(full.clean_fn(word)):
            needed |= _merges_of(
                "".join(full.byte_encoder[byte] for byte in piece.encode()), full.bpe_ranks
            )
    lines = [_HEADER, *(" ".join(pair) for pair in sorted(needed, key=full.bpe_ranks.__getitem__))]
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", filename="", mtime=0) as file:
        file.write("\n".join(lines).encode())
    return buffer.getvalue()


def _merges_of(token: str, ranks: dict[tuple[str, str], int]) -> set[tuple[str, str]]:
    """Return the merges that byte-pair encoding applies to one token."""
    symbols = [*token[:-1], token[-1] + "</w>"]
    applied: set[tuple[str, str]] = set()
    while True:
        pairs = [pair for pair in itertools.pairwise(symbols) if pair in ranks]
        if not pairs:
            return applied
        best = min(pairs, key=ranks.__getitem__)
        applied.add(best)
        merged: list[str] = []
        for symbol in symbols:
            if merged and (merged[-1], symbol) == best:
                merged[-1] += symbol
            else:
                merged.append(symbol)
        symbols = merged
