"""Claims put to runs: which hold, which differ, and which known mistake explains those."""

from collections.abc import Sequence
from dataclasses import replace

from study.errors import StudyError
from study.names import Evidence
from study.verify.algebra import check_algebra
from study.verify.asking import ask
from study.verify.claim_file import Claim, Claims
from study.verify.mistakes import MISTAKES, explain
from study.verify.quantities import RERUN, Labels
from study.verify.questions import DIFFERS, HOLDS, UNKNOWN, Answer, Question
from study.verify.tables import Table
from study.verify.verdict import FAILED, NOTE, OK, UNDECIDED, Cause, Check, Verdict, verdict_of

_STATUS = {HOLDS: OK, DIFFERS: FAILED, UNKNOWN: UNDECIDED}
_WEIGHT = 0.7
"""How much one claim says for a mistake that alone explains it."""


def verify_claims(claims: Claims, tables: Sequence[Table], *, rerun: bool = False) -> Verdict:
    """Put every claim to the runs.

    Where claims differ, each known mistake is as likely as the claims that it explains make it:
    1 - (1 - .7/n1)(1 - .7/n2)..., where n is the number of mistakes that explain a claim. So a
    mistake that explains several claims together stands above one that explains a single one.

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
        If a claim names a network that none of the runs is.
    """
    labels = Labels(tables)
    questions = [_question(claim, claims, tables, rerun) for claim in claims.claims]
    answers = [ask(question, labels) for question in questions]
    mistakes = [
        explain(question, labels, answer) if answer.status == DIFFERS else {}
        for question, answer in zip(questions, answers, strict=True)
    ]
    checks = [
        _check(question, answer, known)
        for question, answer, known in zip(questions, answers, mistakes, strict=True)
    ]
    if rerun:
        told = ", ".join(f"{kind} {room:g}" for kind, room in RERUN.items() if room)
        checks.insert(0, Check("rerun", NOTE, f"the runs count as a rerun; tolerated: {told}"))
    algebra = list(check_algebra(questions))
    checks += algebra
    differing = {
        question.claim.id: known
        for question, answer, known in zip(questions, answers, mistakes, strict=True)
        if answer.status == DIFFERS
    }
    causes = _causes(differing)
    if unexplained := [claim for claim, known in differing.items() if not known]:
        why = f"no known mistake gives what is claimed: {', '.join(unexplained)}"
        causes.append(Cause("unexplained", 0.2, (why,)))
    if algebra:
        sums = tuple(f"{check.place}: {check.detail}" for check in algebra)
        causes.append(Cause("set_algebra", 0.3 if differing else 0.6, sums))
    return verdict_of("claims", _sentence(claims, answers), checks, causes)


def _question(claim: Claim, claims: Claims, tables: Sequence[Table], rerun: bool) -> Question:
    names = [_resolve(name, claims, tables) for name in claim.networks]
    if claim.network is not None:
        names.insert(0, _resolve(claim.network, claims, tables))
    if claim.than is not None:
        claim = replace(claim, than=_resolve(claim.than, claims, tables))
        names.append(claim.than or "")
    names += [table.name for table in tables]
    first, *others = dict.fromkeys(names)
    return Question(claim, (first, others[0] if others else first), rerun)


def _resolve(name: str, claims: Claims, tables: Sequence[Table]) -> str:
    """Return the run that a claim's name for a network means."""
    name = claims.aliases.get(name, name)
    for table in tables:
        if table.name.casefold() == name.casefold():
            return table.name
    plain = _plain(name)
    near = [
        t.name for t in tables if _plain(t.name) in plain or (plain and plain in _plain(t.name))
    ]
    if len(near) != 1:
        own = Evidence(texts=(name,)).datasets
        near = [t.name for t in tables if own and Evidence(texts=(t.name,)).datasets == own]
    if len(near) != 1:
        known = ", ".join(table.name for table in tables)
        raise StudyError(
            f"expected a claim's network to be one of the runs {known}, found {name!r}; "
            "name the runs as the claims do (--names), or add it to [aliases]"
        )
    return near[0]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _check(question: Question, answer: Answer, mistakes: dict[str, str]) -> Check:
    claim = question.claim
    page = f"page {claim.page}: " if claim.page is not None else ""
    said = f"“{claim.text}”: " if claim.text else ""
    detail = f"{answer.status}. {page}{said}{answer.detail}"
    advice = "; ".join(mistakes.values())
    facts = {
        "claim": claim.id,
        "verdict": answer.status,
        "claimed": claim.value if claim.value is not None else list(claim.concepts),
        "found": answer.value,
        "mistakes": list(mistakes),
    }
    if claim.page is not None:
        facts["page"] = claim.page
    return Check(claim.kind, _STATUS[answer.status], detail, claim.id, advice, facts)


def _causes(differing: dict[str, dict[str, str]]) -> list[Cause]:
    causes = []
    for mistake, text in MISTAKES.items():
        explained = {
            claim: known[mistake] for claim, known in differing.items() if mistake in known
        }
        if not explained:
            continue
        doubt = 1.0
        for claim in explained:
            doubt *= 1 - _WEIGHT / len(differing[claim])
        evidence = [f"{text}: explains {len(explained)} of {len(differing)} claims that differ"]
        evidence += [f"{claim}: {why}" for claim, why in explained.items()]
        causes.append(Cause(mistake, 1 - doubt, tuple(evidence)))
    return causes


def _sentence(claims: Claims, answers: Sequence[Answer]) -> str:
    counts = {status: sum(a.status == status for a in answers) for status in _STATUS}
    return (
        f"{claims.title}: of {len(answers)} claims {counts[HOLDS]} hold, {counts[DIFFERS]} differ, "
        f"{counts[UNKNOWN]} cannot be decided"
    )
