"""The guide in force. Adopting pins text, bindings and reading on the ledger; history is never read again."""

from collections.abc import Sequence

from msgspec import Struct

from ..kernel.clock import Instant
from ..kernel.facts import Data, FactTypes, Recorded
from ..kernel.part import Answer, Command, Part, Refusal, Said
from .bindings import Bindings
from .promise import Diagnostic, Reading

FACTS = FactTypes()
SUBJECT = "guide"


class BindingsText(Data, frozen=True):
    """The bindings as written, names and addresses included: detached from the chain."""

    text: str


@FACTS.register("guide.adopted", personal=BindingsText)
class GuideAdopted(Data, frozen=True):
    """From here on this text is what is promised. `version` counts from 1; `bindings` carry no names or addresses."""

    version: int
    text: str
    reading: Reading
    bindings: Bindings


@FACTS.register("guide.refused")
class GuideRefused(Data, frozen=True):
    """A changed guide or changed bindings could not be used; the adopted version stays in force.

    `files` names for each diagnostic the file that it is about; older facts do not say it.
    """

    diagnostics: tuple[Diagnostic, ...]
    digest: str
    files: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[tuple[str, Diagnostic], ...]:
        """Each diagnostic with where it is: `opsguide.toml:12`."""
        return placed(self.files, self.diagnostics)


class Adopt(Command, frozen=True):
    """Put this reading in force."""

    text: str
    reading: Reading
    bindings: Bindings
    bindings_text: str


class Refuse(Command, frozen=True):
    """Report that a changed guide cannot be used. `digest` (sha256 hex of it) keeps the report from repeating."""

    diagnostics: tuple[Diagnostic, ...]
    digest: str
    files: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[tuple[str, Diagnostic], ...]:
        return placed(self.files, self.diagnostics)


def placed(files: Sequence[str], found: Sequence[Diagnostic]) -> tuple[tuple[str, Diagnostic], ...]:
    names = files or ("",) * len(found)
    return tuple(
        (f"{file}:{one.line}" if file else f"Line {one.line}", one)
        for file, one in zip(names, found, strict=True)
    )


class Version(Struct, frozen=True):
    """One adopted version: what was adopted, when, by which fact."""

    adopted: GuideAdopted
    seq: int
    at: Instant
    actor: str


class GuideState(Struct):
    """`current` is in force; `refused` is the last refusal since then, if the newest text is not in force."""

    current: Version | None = None
    bindings_text: str = ""
    refused: GuideRefused | None = None
    refused_at: Instant | None = None


def _adopted(state: GuideState, recorded: Recorded) -> None:
    fact = recorded.fact
    assert isinstance(fact.data, GuideAdopted)
    state.current = Version(fact.data, recorded.seq, fact.at, fact.actor)
    state.bindings_text = fact.personal.text if isinstance(fact.personal, BindingsText) else ""
    state.refused = state.refused_at = None


def _refused(state: GuideState, recorded: Recorded) -> None:
    assert isinstance(recorded.fact.data, GuideRefused)
    state.refused, state.refused_at = recorded.fact.data, recorded.fact.at


def _adopt(state: GuideState, command: Adopt, _now: Instant) -> Answer:
    current = state.current
    if current is not None and state.refused is None and _same(current.adopted, state.bindings_text, command):
        return Refusal("unchanged", "this guide with these bindings is already in force")
    data = GuideAdopted(
        version=1 if current is None else current.adopted.version + 1,
        text=command.text,
        reading=command.reading,
        bindings=command.bindings,
    )
    return (Said(data, SUBJECT, BindingsText(command.bindings_text)),)


def _same(adopted: GuideAdopted, bindings_text: str, command: Adopt) -> bool:
    same_reader = adopted.reading.reader == command.reading.reader
    return adopted.text == command.text and bindings_text == command.bindings_text and same_reader


def _refuse(state: GuideState, command: Refuse, _now: Instant) -> Answer:
    if state.refused is not None and state.refused.digest == command.digest:
        return Refusal("unchanged", "this guide was already refused")
    return (Said(GuideRefused(command.diagnostics, command.digest, command.files), SUBJECT),)


PART = Part(
    name="guide",
    facts=FACTS,
    initial=GuideState,
    folds={GuideAdopted: _adopted, GuideRefused: _refused},
    handlers={Adopt: _adopt, Refuse: _refuse},
)
