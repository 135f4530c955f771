"""Check a report's claims without runs: by arithmetic, architecture and word list alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from study.comparison.respelling import folded
from study.comparison.word_lists import WordList
from study.dissection.provenance import Origin
from study.files.spelling import plain
from study.verify.claims.algebra import contradictions as of_sets
from study.verify.claims.claim_file import Claims
from study.verify.claims.ledger import Contradiction
from study.verify.claims.mistakes import MISTAKES
from study.verify.claims.outcome import note, outcome
from study.verify.claims.own_numbers import Bound, contradictions
from study.verify.claims.questions import DIFFERS, UNKNOWN, Answer, Claim, Question
from study.verify.reading.descriptions import letters
from study.verify.reading.known import Known
from study.verify.verdict import Cause, Verdict

_STRENGTH: Mapping[str, float] = {"set_algebra": 0.6}
"""Confidence of a cause that the report's own numbers show; .9 where none is given."""


def verify_alone(claims: Claims, *, lists: Sequence[WordList] = (), known: Known) -> Verdict:
    """Check claims against each other, an architecture and a word list; there are no runs.

    Parameters
    ----------
    claims
        The claims.
    lists
        The concept lists that labels must come from.
    known
        The units of each architecture's layers.
    """
    names = _networks(claims)
    spelt = {folded(word): word for claim in claims.claims[::-1] for word in claim.concepts}
    questions = [
        _question(replace(claim, concepts=tuple(spelt[folded(w)] for w in claim.concepts)), names)
        for claim in claims.claims
    ]
    units = _units(claims, known)
    found = [*of_sets(questions), *contradictions(questions, units=units, lists=lists)]
    of_claim: dict[str, list[Contradiction]] = {}
    for each in found:
        for key in each.ids:
            of_claim.setdefault(key, []).append(each)
    answers = {claim.id: _answer(of_claim.get(claim.id, [])) for claim in claims.claims}
    causes: dict[str, list[str]] = {}
    for each in found:
        if each.sure:
            causes.setdefault(each.cause, []).append(f"{', '.join(each.ids[:5])}: {each.text}")
    named = [Cause(c, _STRENGTH.get(c, 0.9), tuple(texts)) for c, texts in causes.items()]
    text = "no runs are given: claims are checked against each other, and none is confirmed"
    together = [each for each in found if each.sure and len(each.ids) > 1]
    return outcome(claims, answers, together, named, [note("no runs", text)])


def _answer(found: Sequence[Contradiction]) -> Answer:
    sure = [each for each in found if each.sure and len(each.ids) == 1]
    if sure:
        known = {each.cause: MISTAKES.get(each.cause) for each in sure}
        mistakes = {cause: mistake.text if mistake else "" for cause, mistake in known.items()}
        return Answer(DIFFERS, "; ".join(dict.fromkeys(each.text for each in sure)), None, mistakes)
    if not found:
        return Answer(UNKNOWN, "nothing else in the report contradicts it")
    texts = [each.text if each.sure else f"{each.text}, which is unlikely" for each in found]
    return Answer(UNKNOWN, "; ".join(dict.fromkeys(texts)))


def _networks(claims: Claims) -> dict[str, str]:
    """Map each name that a claim gives a network to the first name of the same network."""
    written = [
        name
        for claim in claims.claims
        for name in (claim.network, *claim.networks, claim.than)
        if name is not None
    ]
    names: dict[str, str] = {}
    for name in written:
        own = plain(claims.aliases.get(name, name))
        first = next((known for known in names.values() if _same(known, own)), own)
        names[name] = first
    return names


def _same(a: str, b: str) -> bool:
    """Return whether two names mean one network: equal letters, or the same dataset."""
    if letters(a) == letters(b):
        return True
    datasets = [Origin(texts=(name,)).datasets for name in (a, b)]
    return bool(datasets[0]) and datasets[0] == datasets[1]


def _question(claim: Claim, names: Mapping[str, str]) -> Question:
    own = claim.networks[0] if claim.network is None and claim.networks else claim.network
    known = list(dict.fromkeys(names.values())) or [""]
    first = names[own] if own is not None else known[0]
    than = names.get(claim.than or "")
    others = [name for name in known if name != first]
    second = than if than and than != first else others[0] if others else "the other network"
    return Question(claim, (first, second), {})


def _units(claims: Claims, known: Known) -> Bound:
    """Return how many units the layers have: as claimed, else by the one architecture named."""
    claimed = {
        "".join((claim.layer or "").casefold().split()): claim.value
        for claim in claims.claims
        if claim.kind == "units" and isinstance(claim.value, int)
    }
    texts = [claims.title, *claims.aliases]
    texts += [str(c.value) for c in claims.claims if c.kind == "architecture"]
    texts += [c.network or "" for c in claims.claims]
    plain_texts = letters(" ".join(texts))
    named = {name for name in known.architectures if letters(name) in plain_texts}
    named -= {name for name in named if any(name in other and name != other for other in named)}
    layers = known.architectures[next(iter(named))] if len(named) == 1 else {}
    asked = {"".join((c.layer or "").casefold().split()) for c in claims.claims} - {""}

    def units(layer: str | None) -> int | None:
        name = "".join((layer or "").casefold().split())
        if name in claimed:
            return int(claimed[name])
        if name:
            return layers.get(name)
        parts = [layers.get(each) for each in asked]
        return sum(p or 0 for p in parts) if parts and None not in parts else None

    return units
