"""The verdict on a report's claims: each with what was claimed, what was found, and why."""

from collections.abc import Mapping, Sequence

from study.verify.claims.claim_file import Claims
from study.verify.claims.ledger import Contradiction
from study.verify.claims.questions import DIFFERS, HOLDS, UNKNOWN, Answer, Claim
from study.verify.verdict import FAILED, NOTE, OK, UNDECIDED, Cause, Check, Verdict, verdict_of

_STATUS = {HOLDS: OK, DIFFERS: FAILED, UNKNOWN: UNDECIDED}
_LISTED = 5
_ADVICE: Mapping[str, str] = {
    "set_algebra": "count again: only + shared = unique, Jaccard = shared / union, one number for "
    "one quantity",
    "impossible_count": "count again: a layer has no more labels than units",
}


def outcome(
    claims: Claims,
    answers: Mapping[str, Answer],
    found: Sequence[Contradiction],
    causes: Sequence[Cause],
    notes: Sequence[Check] = (),
) -> Verdict:
    """Return the verdict: a check for each claim, and for claims that rule each other out.

    Parameters
    ----------
    claims
        The claims.
    answers
        The answer to each claim, by its id.
    found
        Contradictions between claims.
    causes
        The mistakes that explain what is wrong.
    notes
        What the reader should know first.
    """
    checks = [_check(claim, answers[claim.id]) for claim in claims.claims]
    checks += [
        Check(
            each.cause.replace("_", " "),
            FAILED,
            each.text,
            ", ".join(each.ids[:_LISTED]),
            _ADVICE.get(each.cause, ""),
        )
        for each in found
    ]
    counts = {status: sum(a.status == status for a in answers.values()) for status in _STATUS}
    sentence = (
        f"{claims.title}: of {len(answers)} claims {counts[HOLDS]} hold, {counts[DIFFERS]} differ, "
        f"{counts[UNKNOWN]} cannot be decided"
    )
    return verdict_of("claims", sentence, [*notes, *checks], causes)


def note(name: str, text: str) -> Check:
    """Return a remark on how the claims were checked."""
    return Check(name, NOTE, text)


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
    advice = "; ".join(filter(None, true.mistakes.values()))
    return Check(claim.kind, _STATUS[true.status], detail, claim.id, advice, facts)
