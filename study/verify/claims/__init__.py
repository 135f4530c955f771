"""Check a report's claims against runs: which hold, which differ, and which mistakes explain it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, product

from study.dissection.provenance import Origin
from study.errors import StudyError
from study.files.spelling import plain
from study.verify.claims.algebra import contradictions
from study.verify.claims.answers import KINDS, answer
from study.verify.claims.causes import LIKELY, Wrong, chance_of, weigh
from study.verify.claims.claim_file import Claims
from study.verify.claims.labels_meant import Spellings, labels_meant
from study.verify.claims.mistakes import MISTAKES, explain, refuted
from study.verify.claims.outcome import note, outcome
from study.verify.claims.own_numbers import exchanged
from study.verify.claims.questions import DIFFERS, UNKNOWN, Answer, Claim, Question
from study.verify.reading.descriptions import Table, letters
from study.verify.verdict import Cause, Verdict

_MOST_PAIRS = 64
_WORDS = ("label", "present", "absent")
_EACH = ("emphasis", "more_of_family", "top", "examples")
"""Kinds that claim something of each of their words, each by chance."""


def verify_claims(
    claims: Claims,
    tables: Sequence[Table],
    *,
    rerun: bool = False,
    further: Sequence[Table] = (),
) -> Verdict:
    """Check every claim against the runs.

    Where claims differ, the known mistakes that would give what is claimed are weighed against
    each other and against chance (see `study.verify.claims.causes.weigh`).

    Parameters
    ----------
    claims
        The claims.
    tables
        The runs, at least two with different names, or one if no claim needs a second.
    rerun
        The runs are a rerun of the report's study: tolerate what honest reruns differ by.
    further
        Further runs of the same networks, under the same names: tolerate what these differ by.

    Raises
    ------
    StudyError
        If a claim names a network that is not among the runs, or one network where it needs two.
    """
    runs = {table.name: table for table in tables}
    spellings = Spellings.of(tables)
    read = [labels_meant(claim, spellings) for claim in claims.claims]
    again = tuple(_again(runs, further))
    questions = [replace(_question(claim, claims, tables, rerun), again=again) for claim, _ in read]
    notes = {claim.id: note for claim, note in read}
    answers = {
        question.claim.id: _noted(_answer(question), notes[question.claim.id])
        for question in questions
    }
    algebra = list(contradictions(questions))
    wrong, against = _wrong(questions, answers)
    weights, causes = weigh(wrong, against)
    for claim in wrong:
        likely = [name for name, p in weights[claim.id].items() if p >= LIKELY]
        texts = {name: claim.explanations[name].text for name in likely}
        answers[claim.id] = replace(answers[claim.id], mistakes=texts)
    differing = [claim.id for claim in wrong]
    named = {cause.cause for cause in causes}
    if "names_swapped" not in named:
        swaps = [each for each in exchanged(questions) if set(each.ids) <= set(differing)]
        causes += [Cause("names_swapped", 0.85, (each.text,)) for each in swaps[:1]]
    if unexplained := [key for key in differing if not named & set(answers[key].mistakes)]:
        text = f"no known mistake gives what is claimed: {', '.join(unexplained)}"
        causes.append(Cause("unexplained", 0.2, (text,)))
    if algebra:
        sums = tuple(each.text for each in algebra)
        causes.append(Cause("set_algebra", 0.3 if differing else 0.6, sums))
    remarks = []
    if again:
        remarks = [note("reruns", f"tolerated is what {len(further)} further runs differ by")]
    elif rerun:
        margins = [f"{name} {kind.tolerance:g}" for name, kind in KINDS.items() if kind.tolerance]
        text = f"the runs count as a rerun; tolerated differences: {', '.join(margins)}"
        remarks = [note("rerun", text)]
    return outcome(claims, answers, algebra, causes, remarks)


def _again(runs: Mapping[str, Table], further: Sequence[Table]) -> Iterator[dict[str, Table]]:
    """Yield the runs with further ones in their places: every way in which they can be paired."""
    if further:
        others = {
            name: [own, *(t for t in further if t.name == name)] for name, own in runs.items()
        }
        pairs = islice(product(*others.values()), 1, 1 + _MOST_PAIRS)
        yield from (dict(zip(runs, tables, strict=True)) for tables in pairs)


def _answer(question: Question) -> Answer:
    """Put a claim to the runs; what a rerun leaves open differs if a mistake explains the words."""
    true = answer(question)
    if question.rerun and true.status == UNKNOWN and question.claim.kind in _WORDS:
        plain = replace(question, rerun=False)
        if {"names_swapped", "off_by_one"} & set(explain(plain, answer(plain))):
            return answer(plain)
    return true


def _wrong(
    questions: Sequence[Question], answers: Mapping[str, Answer]
) -> tuple[list[Wrong], dict[str, list[str]]]:
    """Return the wrong claims with what explains them, and what speaks against it."""
    by_id = {question.claim.id: question for question in questions}
    wrong = [
        Wrong(key, explain(by_id[key], true), _chance(by_id[key], true))
        for key, true in answers.items()
        if true.status == DIFFERS
    ]
    against = {}
    for name in {name for claim in wrong for name in claim.explanations}:
        if MISTAKES[name].systematic:
            explained = {claim.id for claim in wrong if name in claim.explanations}
            others = [key for key, a in answers.items() if a.status != UNKNOWN]
            against[name] = [
                key for key in others if key not in explained and refuted(name, by_id[key])
            ]
    return wrong, against


def _chance(question: Question, true: Answer) -> float:
    """Return how likely a wrong claim agrees with something unrelated."""
    kind = KINDS[question.claim.kind]
    if kind.value is None or not isinstance(true.value, int | float):
        words = len(question.claim.concepts) if question.claim.kind in _EACH else 1
        return float(kind.chance ** max(words, 1))
    claimed = question.number()
    return chance_of(claimed.number, float(true.value), claimed.step)


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
