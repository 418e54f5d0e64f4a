"""What a link of the chain and the answer of a check are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as the digest sees it; `at` is ISO 8601 in UTC with microseconds."""

    seq: int
    at: str
    actor_id: str
    action: str
    object_type: str
    object_id: str
    purpose: str
    before_digest: str
    after_digest: str
    previous: str
    digest: str = ""

    def fields(self) -> list[str | int]:
        """Return all that the digest covers, in a fixed order."""
        return [
            self.seq,
            self.at,
            self.actor_id,
            self.action,
            self.object_type,
            self.object_id,
            self.purpose,
            self.before_digest,
            self.after_digest,
            self.previous,
        ]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a chain holds; if not, the first bad entry and what is wrong with it."""

    holds: bool
    entries: int
    first_bad: int | None
    why: str
