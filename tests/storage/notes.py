"""A small world of facts for the ledger's tests: notes about subjects, some with personal data."""

from opsguide.kernel.facts import Data, Fact, FactTypes

TYPES = FactTypes()
NOON = 1_764_000_000_000


class Author(Data, frozen=True):
    name: str


@TYPES.register("note.taken", personal=Author)
class NoteTaken(Data, frozen=True):
    text: str
    reason: str = ""


@TYPES.register("note.counted")
class NoteCounted(Data, frozen=True):
    number: int


def note(text: str, *, subject: str = "shelf:a", at: int = NOON, author: str | None = None) -> Fact:
    personal = None if author is None else Author(author)
    return TYPES.fact(NoteTaken(text), subject=subject, actor="person:ana", at=at, personal=personal)


def counted(number: int, *, subject: str = "shelf:a", at: int = NOON) -> Fact:
    return TYPES.fact(NoteCounted(number), subject=subject, actor="opsguide", at=at)
