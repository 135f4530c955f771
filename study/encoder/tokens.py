"""Tokenizers: loaded in open_clip's way, and what decides the tokens that they give."""

from typing import Any

import open_clip

from study.encoder.configuration import said
from study.errors import StudyError


def token_rules(tokenizer: Any) -> Any:
    """Return what decides a tokenizer's tokens, as JSON values."""
    if hasattr(tokenizer, "encoder"):
        return list(tokenizer.encoder)
    inner = tokenizer.tokenizer
    backend = getattr(inner, "backend_tokenizer", None)
    rules = inner.get_vocab() if backend is None else backend.to_str()
    # The padding lies in another file than the rules: one text shows it.
    return [rules, tokenizer(["a word"]).tolist()]


def load_tokenizer(source: str, *, owner: str, **options: Any) -> Any:
    """Return open_clip's tokenizer of a model's name or folder.

    Raises
    ------
    StudyError
        If a package or file that it needs is missing, or an option is unknown; for `owner`.
    """
    try:
        return open_clip.get_tokenizer(source, **options)
    except ModuleNotFoundError as error:
        package = f"{error.name}".partition(".")[0]
        raise StudyError(
            f"{owner}: expected the Python package {package}, which its tokenizer needs, found "
            f"none: pip install {package}, or take another model"
        ) from None
    except Exception as error:  # whatever open_clip and the tokenizer's library raise
        raise StudyError(
            f"{owner}: expected a tokenizer that open_clip can load, found {said(error)}: correct "
            "tokenizer_kwargs or bring the tokenizer's files"
        ) from None
