"""`Record`: what is known of one submission once it has been judged, as JSON can hold it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from study.errors import Exit
from study.files import documents
from study.verify.verdict import FAILED, UNDECIDED, Cause, Check, Verdict

UNREAD = "could not be read"


@dataclass(frozen=True, slots=True)
class Record:
    """One judged submission.

    ``traits`` maps what other submissions may share, as ``kind:digest``, to what it is called
    here. ``claims`` counts the claims that hold, differ and are undecided. ``files`` are names in
    the submission that the page links to, ``pictures`` small copies (base64) by name, with how
    many more there are in ``unshown``.
    """

    verdict: Verdict
    traits: Mapping[str, str]
    claims: tuple[int, int, int]
    files: tuple[str, ...]
    pictures: Mapping[str, str]
    unshown: int

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Record":
        """Return the record that a document from `document` holds."""
        stated = document["verdict"]
        causes = [
            Cause(c["cause"], c["confidence"], tuple(c["evidence"])) for c in stated["causes"]
        ]
        checks = [
            Check(
                c["check"],
                c["status"],
                c.get("detail", ""),
                c.get("place", ""),
                c.get("advice", ""),
                c.get("facts", {}),
            )
            for c in stated["checks"]
        ]
        verdict = Verdict(
            stated["verb"], Exit(stated["exit"]), stated["verdict"], tuple(causes), tuple(checks)
        )
        held, differ, undecided = document["claims"]
        return cls(
            verdict,
            dict(document["traits"]),
            (held, differ, undecided),
            tuple(document["files"]),
            dict(document["pictures"]),
            int(document["unshown"]),
        )

    def document(self) -> dict[str, Any]:
        """Return the record as JSON can hold it."""
        return {
            "verdict": self.verdict.to_json(),
            "traits": dict(self.traits),
            "claims": list(self.claims),
            "files": list(self.files),
            "pictures": dict(self.pictures),
            "unshown": self.unshown,
        }

    @property
    def status(self) -> str:
        """One of ``could not be read``, ``defects``, ``undecided`` and ``ok``."""
        names = {Exit.OK: "ok", Exit.FAILED: "defects", Exit.UNDECIDED: "undecided"}
        return names.get(self.verdict.exit, UNREAD)

    def failed(self) -> list[Check]:
        """Return the failed checks."""
        return [check for check in self.verdict.checks if check.status == FAILED]

    def findings(self) -> Mapping[str, int]:
        """Return how many findings there are of each kind, most first, then by name."""
        counts = Counter(check.check.replace(" ", "_") for check in self.failed())
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    def first_cause(self) -> str:
        """Return the most likely cause, "" for none."""
        return self.verdict.causes[0].cause if self.verdict.causes else ""

    def verdict_json(self) -> str:
        """Return the verdict as ``verify submission --json`` writes it."""
        return documents.dumps(self.verdict.to_json())


def unread(name: str, reason: str) -> Record:
    """Return the record of a submission that could not be read, with the reason in one line."""
    check = Check(UNREAD, UNDECIDED, reason, "", "look at this submission by hand")
    verdict = Verdict("submission", Exit.BAD_INPUT, f"{name}: {UNREAD}: {reason}", (), (check,))
    return Record(verdict, {}, (0, 0, 0), (), {}, 0)
