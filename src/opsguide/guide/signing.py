"""Signing: a person vouches, for a while, for a promise that nothing measures. See docs/adr/0005."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct, field
from msgspec.structs import replace

from ..kernel.clock import Instant, after, from_datetime, rfc3339, to_datetime
from ..kernel.facts import Data, FactTypes, Recorded
from ..kernel.part import Answer, Command, Part, Refusal, Said
from ..kernel.standing import Standing
from .adoption import GuideAdopted
from .bindings import Bindings, Missing, unbound
from .findings.cadence import longest_gap
from .promise import Promise, Reading
from .values import Amount, Detection, Duty, Release, Window
from .wording import did_you_mean

FACTS = FactTypes()

DAY = 86400.0
USUAL_SECONDS = 90 * DAY
"""How long a signature counts where the promise has no cadence and the person names no day."""

LONGEST_SECONDS = 366 * DAY
"""No signature counts longer: what nobody looked at for a year, nobody can vouch for."""


class Note(Data, frozen=True):
    """Free text of a person: detached from the chain, since it may name people."""

    text: str


@FACTS.register("promise.signed", personal=Note)
class PromiseSigned(Data, frozen=True):
    """A person vouches for a promise until an instant. `version` is that of the guide whose words were signed."""

    promise: str
    by: str
    until: Instant
    version: int


@FACTS.register("promise.signature_withdrawn", personal=Note)
class SignatureWithdrawn(Data, frozen=True):
    """A signature counts no more. `signed` is the sequence number of the fact that it takes back."""

    promise: str
    by: str
    signed: int


class Sign(Command, frozen=True):
    """`by` is a person of the bindings, `note` what they saw; without `until` it counts as long as is usual."""

    promise: str
    by: str
    note: str
    until: Instant | None = None


class Withdraw(Command, frozen=True):
    """Take a signature back, with the reason."""

    promise: str
    by: str
    reason: str


class Signature(Struct, frozen=True):
    """A signature as it counts: `withdrawn_by` is empty while nobody took it back. `note` is empty once erased."""

    by: str
    at: Instant
    until: Instant
    seq: int
    note: str
    withdrawn_by: str = ""
    withdrawn_at: Instant = 0

    def counts(self, at: Instant) -> bool:
        return not self.withdrawn_by and at <= self.until

    def standing(self, at: Instant) -> Standing:
        """By hand while it counts; after that nothing proves the promise."""
        if self.counts(at):
            return Standing(
                kind="by_hand",
                reason=f"{self.by} signed for it, until {rfc3339(self.until)[:10]}",
                since=self.at,
                evidence_at=self.at,
                evidence=self.seq,
                until=self.until,
            )
        reason, since = f"the signature of {self.by} has expired", self.until
        if self.withdrawn_by:
            reason, since = f"{self.withdrawn_by} withdrew the signature of {self.by}", self.withdrawn_at
        return Standing(kind="unproven", reason=reason, since=since, evidence_at=self.at, evidence=self.seq)


class Signatures(Struct):
    """The last signature of each promise. One is gone when the guide changes what was signed."""

    last: dict[str, Signature] = field(default_factory=dict)

    def adopt(self, before: dict[str, Promise], now: dict[str, Promise]) -> None:
        """Another guide is in force: a signature stands for the words and values that were signed, no others."""
        for promise in list(self.last):
            if _meant(before.get(promise)) != _meant(now.get(promise)):
                del self.last[promise]

    def sign(self, recorded: Recorded) -> None:
        fact = recorded.fact
        assert isinstance(fact.data, PromiseSigned)
        note = fact.personal.text if isinstance(fact.personal, Note) else ""
        self.last[fact.data.promise] = Signature(
            by=fact.data.by, at=fact.at, until=fact.data.until, seq=recorded.seq, note=note
        )

    def withdraw(self, recorded: Recorded) -> None:
        fact = recorded.fact
        assert isinstance(fact.data, SignatureWithdrawn)
        signature = self.last.get(fact.data.promise)
        if signature is not None and signature.seq == fact.data.signed:
            self.last[fact.data.promise] = replace(signature, withdrawn_by=fact.data.by, withdrawn_at=fact.at)


def _meant(promise: Promise | None) -> object:
    return None if promise is None else (promise.text, promise.values)


# What may be signed, and how long ---------------------------------------------------------------------------------


def unsignable(promise: Promise, missing: Missing | None) -> Refusal | None:
    """Why nobody can sign for it; None where a person may.

    `missing` is what the promise lacks first (None: it is measured). A signature is for what nothing can look at: where
    a binding would measure it, bind it; a threshold with a number changes by the minute, so that nobody can vouch
    for it.
    """
    if missing is None:
        return Refusal("measured", f"{promise.id} is measured: a signature would say less than its evidence")
    if missing.key:
        hint = f"bind `{missing.key}` in opsguide.toml, and it is measured"
        return Refusal("measurable", f"{promise.id} can be measured: {missing.reason}", hint)
    if promise.control == "threshold" and _has_number(promise):
        hint = "it stays unbound until this version's successor can measure it"
        return Refusal(
            "needs_measurement", f"{promise.id} is a limit with a number: only measuring proves it", hint
        )
    return None


def _has_number(promise: Promise) -> bool:
    values: Any = promise.values
    if isinstance(values, Detection):
        return values.count is not None
    return isinstance(values, Amount) and any(
        getattr(values, unit) is not UNSET for unit in Amount.__struct_fields__
    )


def cadence_seconds(promise: Promise) -> float | None:
    """How long may pass until it is to be done again; None where it does not recur."""
    values = promise.values
    return longest_gap(values.rrule) if isinstance(values, Duty | Release | Window) else None


def usual_until(promise: Promise, now: Instant, zone: str) -> Instant:
    """Until when a signature counts if nobody says: the end of the day on which it is due again, or 90 days on."""
    return end_of_day(after(now, cadence_seconds(promise) or USUAL_SECONDS), zone)


def longest_until(promise: Promise, now: Instant, zone: str) -> Instant:
    """No signature outlives the promise's own cadence, nor a year."""
    return end_of_day(after(now, min(cadence_seconds(promise) or LONGEST_SECONDS, LONGEST_SECONDS)), zone)


def end_of_day(at: Instant, zone: str) -> Instant:
    """The last instant of the day of `at` in a time zone."""
    day = to_datetime(at).astimezone(ZoneInfo(zone)).date()
    return from_datetime(datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))) - 1


# The part --------------------------------------------------------------------------------------------------------


class Signing(Struct):
    """The guide in force and its signatures: what the two commands need to know."""

    version: int = 0
    promises: dict[str, Promise] = field(default_factory=dict)
    missing: dict[str, Missing] = field(default_factory=dict)
    bindings: Bindings = Bindings()
    signatures: Signatures = field(default_factory=Signatures)


def first_missing(reading: Reading, bindings: Bindings) -> dict[str, Missing]:
    """What each promise lacks: it may lack several keys, the most useful one counts."""
    return {missing.promise: missing for missing in reversed(unbound(reading, bindings))}


def _adopted(state: Signing, recorded: Recorded) -> None:
    adopted = recorded.fact.data
    assert isinstance(adopted, GuideAdopted)
    before, state.promises = state.promises, {p.id: p for p in adopted.reading.promises}
    state.signatures.adopt(before, state.promises)
    state.version, state.bindings = adopted.version, adopted.bindings
    state.missing = first_missing(adopted.reading, adopted.bindings)


def _sign(state: Signing, command: Sign, now: Instant) -> Answer:
    promise = state.promises.get(command.promise)
    if promise is None:
        return _unknown_promise(state, command.promise)
    refused = _stranger(state, command.by) or unsignable(promise, state.missing.get(promise.id))
    if refused is not None:
        return refused
    if not command.note.strip():
        return Refusal("empty_note", "the note is empty", "write what you looked at and what you saw")
    zone = state.bindings.zone
    until = usual_until(promise, now, zone) if command.until is None else command.until
    longest = longest_until(promise, now, zone)
    if until <= now:
        return Refusal("past_until", f"{rfc3339(until)} is over already", "name a day to come")
    if until > longest:
        why = "it is due again then" if cadence_seconds(promise) is not None else "a year is the most"
        return Refusal(
            "too_long", f"a signature may count until {rfc3339(longest)}: {why}", "name an earlier day"
        )
    signed = PromiseSigned(promise=promise.id, by=command.by, until=until, version=state.version)
    return (Said(signed, _subject(promise.id), Note(command.note.strip())),)


def _withdraw(state: Signing, command: Withdraw, now: Instant) -> Answer:
    if command.promise not in state.promises:
        return _unknown_promise(state, command.promise)
    signature = state.signatures.last.get(command.promise)
    if signature is None or not signature.counts(now):
        return Refusal("not_signed", f"no signature for {command.promise} counts now")
    if (refused := _stranger(state, command.by)) is not None:
        return refused
    if not command.reason.strip():
        return Refusal(
            "empty_reason", "the reason is empty", "write why the signature shall not count any more"
        )
    withdrawn = SignatureWithdrawn(promise=command.promise, by=command.by, signed=signature.seq)
    return (Said(withdrawn, _subject(command.promise), Note(command.reason.strip())),)


def _subject(promise: str) -> str:
    return f"promise:{promise}"


def _unknown_promise(state: Signing, promise: str) -> Refusal:
    near = did_you_mean(promise, state.promises)
    return Refusal(
        "unknown_promise", f"the guide in force has no promise {promise}", near or "the first page lists them"
    )


def _stranger(state: Signing, by: str) -> Refusal | None:
    """A signature is worth the person behind it: only those whom the bindings name may sign."""
    if by in state.bindings.people:
        return None
    known = ", ".join(state.bindings.people)
    hint = f"people of the bindings: {known}" if known else f"add [people.{by}] to opsguide.toml"
    return Refusal("unknown_person", f"the bindings name nobody {by}", hint)


PART = Part(
    name="signing",
    facts=FACTS,
    initial=Signing,
    folds={
        GuideAdopted: _adopted,
        PromiseSigned: lambda state, recorded: state.signatures.sign(recorded),
        SignatureWithdrawn: lambda state, recorded: state.signatures.withdraw(recorded),
    },
    handlers={Sign: _sign, Withdraw: _withdraw},
)
