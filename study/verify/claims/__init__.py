"""Check a report's claims against runs: which hold, which differ, and which mistakes explain it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from study.dissection.provenance import Origin
from study.errors import StudyError
from study.verify.claims.algebra import check_algebra
from study.verify.claims.answers import KINDS, answer
from study.verify.claims.claim_file import Claims
from study.verify.claims.mistakes import MISTAKES, explain
from study.verify.claims.quantities import Labels
from study.verify.claims.questions import DIFFERS, HOLDS, UNKNOWN, Answer, Claim, Question
from study.verify.reading.descriptions import Table
from study.verify.verdict import FAILED, NOTE, OK, UNDECIDED, Cause, Check, Verdict, verdict_of

_STATUS = {HOLDS: OK, DIFFERS: FAILED, UNKNOWN: UNDECIDED}
_WEIGHT = 0.7
"""The confidence that one claim gives to a mistake that alone explains it."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A claim with its answer and, if it differs, the mistakes that explain it."""

    claim: Claim
    answer: Answer
    mistakes: Mapping[str, str]


def verify_claims(claims: Claims, tables: Sequence[Table], *, rerun: bool = False) -> Verdict:
    """Check every claim against the runs.

    Where claims differ, each known mistake is as likely as the claims that it explains make it:
    1 - (1 - .7/n1)(1 - .7/n2)..., where n is the number of mistakes that explain a claim. So a
    mistake that explains several claims together ranks above one that explains a single one.

    Parameters
    ----------
    claims
        The claims.
    tables
        The runs, at least two with different names, or one if no claim needs a second.
    rerun
        The runs are a rerun of the report's study: tolerate what honest reruns differ by.

    Raises
    ------
    StudyError
        If a claim names a network that is not among the runs.
    """
    labels = Labels(tables)
    questions = [_question(claim, claims, tables, rerun) for claim in claims.claims]
    judged = [_judge(question, labels) for question in questions]
    algebra = list(check_algebra(questions))
    checks = [*([_tolerated()] if rerun else []), *map(_check, judged), *algebra]
    differing = [each for each in judged if each.answer.status == DIFFERS]
    causes = _causes(differing)
    if unexplained := [each.claim.id for each in differing if not each.mistakes]:
        text = f"no known mistake gives what is claimed: {', '.join(unexplained)}"
        causes.append(Cause("unexplained", 0.2, (text,)))
    if algebra:
        sums = tuple(f"{check.place}: {check.detail}" for check in algebra)
        causes.append(Cause("set_algebra", 0.3 if differing else 0.6, sums))
    counts = {status: sum(each.answer.status == status for each in judged) for status in _STATUS}
    sentence = (
        f"{claims.title}: of {len(judged)} claims {counts[HOLDS]} hold, {counts[DIFFERS]} differ, "
        f"{counts[UNKNOWN]} cannot be decided"
    )
    return verdict_of("claims", sentence, checks, causes)


def _judge(question: Question, labels: Labels) -> _Judged:
    true = answer(question, labels)
    mistakes = explain(question, labels, true) if true.status == DIFFERS else {}
    return _Judged(question.claim, true, mistakes)


def _question(claim: Claim, claims: Claims, tables: Sequence[Table], rerun: bool) -> Question:
    names = [_run_named(name, claims, tables) for name in claim.networks]
    if claim.network is not None:
        names.insert(0, _run_named(claim.network, claims, tables))
    if claim.than is not None:
        claim = replace(claim, than=_run_named(claim.than, claims, tables))
        names.append(claim.than or "")
    names += [table.name for table in tables]
    first, *others = dict.fromkeys(names)
    return Question(claim, (first, others[0] if others else first), rerun)


def _run_named(name: str, claims: Claims, tables: Sequence[Table]) -> str:
    """Return the run that a claim's name for a network means."""
    name = claims.aliases.get(name, name)
    runs = [table.name for table in tables]
    for run in runs:
        if run.casefold() == name.casefold():
            return run
    plain = _plain(name)
    near = [run for run in runs if _plain(run) in plain or (plain and plain in _plain(run))]
    if len(near) != 1:
        datasets = Origin(texts=(name,)).datasets
        near = [run for run in runs if datasets and Origin(texts=(run,)).datasets == datasets]
    if len(near) != 1:
        raise StudyError(
            f"a claim is about {name!r}, which is none of the runs {', '.join(runs)}; "
            "name the runs as the claims do (--names), or add the name to [aliases]"
        )
    return near[0]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _tolerated() -> Check:
    margins = ", ".join(
        f"{name} {kind.tolerance:g}" for name, kind in KINDS.items() if kind.tolerance
    )
    return Check("rerun", NOTE, f"the runs count as a rerun; tolerated differences: {margins}")


def _check(judged: _Judged) -> Check:
    claim, true = judged.claim, judged.answer
    page = f"page {claim.page}: " if claim.page is not None else ""
    quoted = f"“{claim.text}”: " if claim.text else ""
    facts = {
        "claim": claim.id,
        "verdict": true.status,
        "claimed": claim.value if claim.value is not None else list(claim.concepts),
        "found": true.value,
        "mistakes": list(judged.mistakes),
        **({} if claim.page is None else {"page": claim.page}),
    }
    detail = f"{true.status}. {page}{quoted}{true.detail}"
    advice = "; ".join(judged.mistakes.values())
    return Check(claim.kind, _STATUS[true.status], detail, claim.id, advice, facts)


def _causes(differing: Sequence[_Judged]) -> list[Cause]:
    causes = []
    for name, mistake in MISTAKES.items():
        explained = [each for each in differing if name in each.mistakes]
        if not explained:
            continue
        doubt = math.prod(1 - _WEIGHT / len(each.mistakes) for each in explained)
        evidence = [f"{mistake.text}: explains {len(explained)} of {len(differing)} wrong claims"]
        evidence += [f"{each.claim.id}: {each.mistakes[name]}" for each in explained]
        causes.append(Cause(name, 1 - doubt, tuple(evidence)))
    return causes
