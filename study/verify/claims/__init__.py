"""Check a report's claims against runs: which hold, which differ, and which mistakes explain it."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from study.dissection.provenance import Origin
from study.errors import StudyError
from study.files.spelling import plain
from study.verify.claims.algebra import check_algebra
from study.verify.claims.answers import KINDS, answer
from study.verify.claims.claim_file import Claims
from study.verify.claims.labels_meant import labels_meant
from study.verify.claims.mistakes import MISTAKES, explain
from study.verify.claims.questions import DIFFERS, HOLDS, UNKNOWN, Answer, Claim, Question
from study.verify.reading.descriptions import Table, letters
from study.verify.verdict import FAILED, NOTE, OK, UNDECIDED, Cause, Check, Verdict, verdict_of

_STATUS = {HOLDS: OK, DIFFERS: FAILED, UNKNOWN: UNDECIDED}
_WEIGHT = 0.7
"""The confidence that one claim gives to a mistake that alone explains it."""


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
        If a claim names a network that is not among the runs, or one network where it needs two.
    """
    runs = {table.name: table for table in tables}
    read = [labels_meant(claim, runs) for claim in claims.claims]
    questions = [_question(claim, claims, tables, rerun) for claim, _ in read]
    notes = {claim.id: note for claim, note in read}
    answers = {
        question.claim.id: _noted(_answer(question), notes[question.claim.id])
        for question in questions
    }
    algebra = list(check_algebra(questions))
    checks = [_check(claim, answers[claim.id]) for claim in claims.claims]
    differing = {key: true for key, true in answers.items() if true.status == DIFFERS}
    causes = _causes(differing)
    if unexplained := [key for key, true in differing.items() if not true.mistakes]:
        text = f"no known mistake gives what is claimed: {', '.join(unexplained)}"
        causes.append(Cause("unexplained", 0.2, (text,)))
    if algebra:
        sums = tuple(f"{check.place}: {check.detail}" for check in algebra)
        causes.append(Cause("set_algebra", 0.3 if differing else 0.6, sums))
    counts = {status: sum(a.status == status for a in answers.values()) for status in _STATUS}
    sentence = (
        f"{claims.title}: of {len(answers)} claims {counts[HOLDS]} hold, {counts[DIFFERS]} differ, "
        f"{counts[UNKNOWN]} cannot be decided"
    )
    if rerun:
        margins = [f"{name} {kind.tolerance:g}" for name, kind in KINDS.items() if kind.tolerance]
        text = f"the runs count as a rerun; tolerated differences: {', '.join(margins)}"
        checks.insert(0, Check("rerun", NOTE, text))
    return verdict_of("claims", sentence, [*checks, *algebra], causes)


def _answer(question: Question) -> Answer:
    true = answer(question)
    return replace(true, mistakes=explain(question, true)) if true.status == DIFFERS else true


def _noted(true: Answer, note: str) -> Answer:
    return replace(true, detail=f"{true.detail} ({note})") if note else true


def _question(claim: Claim, claims: Claims, tables: Sequence[Table], rerun: bool) -> Question:
    runs = {table.name: table for table in tables}
    given = (claim.network, *claim.networks, claim.than)
    named = {name: _run_named(name, claims, runs) for name in given if name is not None}
    _check_networks(claim, named)
    claim = replace(claim, than=named.get(claim.than or ""))
    first, *others = dict.fromkeys([*named.values(), *runs])
    return Question(claim, (first, others[0] if others else first), runs, rerun)


def _check_networks(claim: Claim, named: Mapping[str, str]) -> None:
    """Refuse a claim about one network and itself, or about more networks than are compared."""
    pair = [named[name] for name in claim.networks]
    if len(pair) > 2 or len(set(pair)) < len(pair):
        raise StudyError(
            f"claim {claim.id!r}: networks: expected at most two, each once, found "
            f"{', '.join(claim.networks)[:200]}: name the two that it compares"
        )
    elsewhere = claim.than_layer or claim.than_concepts
    if claim.than and claim.network and not elsewhere and named[claim.than] == named[claim.network]:
        raise StudyError(
            f"claim {claim.id!r}: than: expected another network, layer or concepts than those of "
            f"the claim, found {claim.than!r} again"
        )


def _run_named(name: str, claims: Claims, runs: Collection[str]) -> str:
    """Return the run that a claim's name for a network means."""
    name = plain(claims.aliases.get(name, name))
    if same := [run for run in runs if run.casefold() == name.casefold()]:
        return same[0]
    own = letters(name)
    near = [run for run in runs if letters(run) in own or (own and own in letters(run))]
    if len(near) != 1:
        datasets = Origin(texts=(name,)).datasets
        near = [run for run in runs if datasets and Origin(texts=(run,)).datasets == datasets]
    if len(near) != 1:
        raise StudyError(
            f"a claim is about {name!r}, which is none of the runs {', '.join(runs)}; "
            "name the runs as the claims do (--names), or add the name to [aliases]"
        )
    return near[0]


def _check(claim: Claim, true: Answer) -> Check:
    page = f"page {claim.page}: " if claim.page is not None else ""
    quoted = f"“{claim.text}”: " if claim.text else ""
    facts = {
        "claim": claim.id,
        "verdict": true.status,
        "claimed": claim.value if claim.value is not None else list(claim.concepts),
        "found": true.value,
        "mistakes": list(true.mistakes),
        **({} if claim.page is None else {"page": claim.page}),
    }
    detail = f"{true.status}. {page}{quoted}{true.detail}"
    advice = "; ".join(true.mistakes.values())
    return Check(claim.kind, _STATUS[true.status], detail, claim.id, advice, facts)


def _causes(differing: Mapping[str, Answer]) -> list[Cause]:
    causes = []
    for name, mistake in MISTAKES.items():
        explained = {key: true for key, true in differing.items() if name in true.mistakes}
        if explained:
            doubt = math.prod(1 - _WEIGHT / len(true.mistakes) for true in explained.values())
            share = f"explains {len(explained)} of {len(differing)} wrong claims"
            reasons = [f"{key}: {true.mistakes[name]}" for key, true in explained.items()]
            causes.append(Cause(name, 1 - doubt, (f"{mistake.text}: {share}", *reasons)))
    return causes
