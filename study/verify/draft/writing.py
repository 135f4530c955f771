"""Write drafted claims as a TOML file; uncertain ones are comments, so that they claim nothing."""

import json
from collections.abc import Iterable, Sequence

from study.files.spelling import hidden
from study.verify.draft.sentences import Drafted


def written(drafted: Sequence[Drafted], *, title: str) -> str:
    """Return the file of claims.

    Parameters
    ----------
    drafted
        The claims in order; those with a doubt are commented out, with the doubt before them.
    title
        The report's title or name.
    """
    sure = sum(not each.doubt for each in drafted)
    lines = [
        "# Drafted by rules from the report: compare each claim with its sentence before use.",
        f"# {sure} claims, and {len(drafted) - sure} uncertain ones as comments: decide them, or "
        "take them out.",
        'schema = "study-claims/1"',
        f"title = {_text(title)}",
    ]
    for number, each in enumerate(drafted, start=1):
        claim = list(_claim(each, number))
        if each.doubt:
            lines += ["", f"# uncertain: {_plain(each.doubt)}", *(f"# {line}" for line in claim)]
        else:
            lines += ["", *claim]
    return "\n".join(lines) + "\n"


def _claim(each: Drafted, number: int) -> Iterable[str]:
    yield "[[claims]]"
    yield f'id = "draft-{number}"'
    for key, value in each.fields.items():
        values = ", ".join(map(_text, value)) if isinstance(value, list) else None
        own = str(value) if isinstance(value, int) else _text(str(value))
        yield f"{key} = [{values}]" if values is not None else f"{key} = {own}"
    if each.page is not None:
        yield f"page = {each.page}"
    yield f"text = {_text(each.text)}"


def _text(text: str) -> str:
    """Return a text as a TOML string on one line, without what a reader would not see."""
    return json.dumps(_plain(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(text: str) -> str:
    joined = " ".join(text.split())
    return "".join("\N{REPLACEMENT CHARACTER}" if hidden(c) else c for c in joined)
