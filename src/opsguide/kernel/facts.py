"""Facts: what happened, as it stands on the ledger; and the registry of their types.

A (type, version) is frozen once released: a changed shape is a new version, and `upcast` lifts old ones on
read.
No fact can be part of a circle, so the garbage collector need not look at them (`gc=False`, inherited).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from .clock import Instant
from .errors import UnknownFact


class Data(Struct, frozen=True, gc=False):
    """Base of every fact's data. Opaque ids only: names, addresses, free text of persons are `personal`."""


class Erased(Data, frozen=True):
    """Stands in for personal data that was erased: folds must cope with it."""


class Fact(Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened. `at` is when; `cause` the sequence number that led to it.

    `subject` names what it is about (`incident:INC-3`, `promise:…`, `guide`), `actor` who did it
    (`opsguide`, `person:ana`). `personal` is stored beside the chain and can be erased.
    """

    type: str
    v: int
    subject: str
    actor: str
    at: Instant
    data: Data
    personal: Data | None = None
    cause: int | None = None


class Recorded(Struct, frozen=True, gc=False):
    """A fact with its place on the ledger. `seq` counts from 1 without a hole."""

    seq: int
    fact: Fact


D = TypeVar("D", bound=type[Data])
Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class FactTypes:
    """The fact types of one chapter (or, after `merge`, of all): type and version → data class, both ways."""

    def __init__(self) -> None:
        self._classes: dict[tuple[str, int], type[Data]] = {}
        self._names: dict[type[Data], tuple[str, int]] = {}
        self._personal: dict[str, type[Data]] = {}
        self._upcasts: dict[tuple[str, int], Upcast] = {}
        self._decoders: dict[tuple[str, int], Callable[[bytes | msgspec.Raw], Data]] = {}

    def register(self, name: str, v: int = 1, personal: type[Data] | None = None) -> Callable[[D], D]:
        """Decorator: the class below is the data of facts `name` in version `v`."""

        def add(cls: D) -> D:
            self._add(name, v, cls)
            if personal is not None:
                self._personal[name] = personal
            return cls

        return add

    def upcast(self, name: str, v: int, step: Upcast) -> None:
        """Old facts `name` of version `v` are read through `step`, which returns the next version's data."""
        self._upcasts[name, v] = step
        self._decoders.pop((name, v), None)

    def merge(self, others: Iterable["FactTypes"]) -> "FactTypes":
        """A new registry with these and the others' types. Raises ValueError where two claim one name."""
        every = FactTypes()
        for types in (self, *others):
            for (name, v), cls in types._classes.items():
                every._add(name, v, cls)
            every._personal |= types._personal
            for (name, v), step in types._upcasts.items():
                every.upcast(name, v, step)
        return every

    def _add(self, name: str, v: int, cls: type[Data]) -> None:
        if self._classes.get((name, v), cls) is not cls:
            raise ValueError(f"two fact types are called {name} v{v}")
        self._classes[name, v] = cls
        self._names[cls] = (name, v)
        if (name, v) not in self._upcasts:
            self._decoders[name, v] = msgspec.json.Decoder(cls).decode

    def __iter__(self) -> Iterator[tuple[str, int, type[Data]]]:
        for (name, v), cls in sorted(self._classes.items(), key=lambda item: item[0]):
            yield name, v, cls

    def name_of(self, data: Data) -> tuple[str, int]:
        return self._names[type(data)]

    def fact(
        self,
        data: Data,
        *,
        subject: str,
        actor: str,
        at: Instant,
        personal: Data | None = None,
        cause: int | None = None,
    ) -> Fact:
        """A fact whose type and version follow from the class of `data`. Raises UnknownFact for personal data that
        could not be read back."""
        name, v = self._names[type(data)]
        if personal is not None and type(personal) is not self._personal.get(name):
            raise _not_personal(name)
        return Fact(
            type=name, v=v, subject=subject, actor=actor, at=at, data=data, personal=personal, cause=cause
        )

    def knows(self, name: str, v: int) -> bool:
        """Can a stored fact of this type and version be read, upcast or as it is?"""
        while (name, v) in self._upcasts:
            v += 1
        return (name, v) in self._classes

    def decode(self, name: str, v: int, raw: bytes | msgspec.Raw) -> tuple[int, Data]:
        """The data of a stored fact, lifted to the newest version: (version, data). Raises UnknownFact."""
        decoder = self._decoders.get((name, v))
        try:
            if decoder is not None:
                return v, decoder(raw)
            return self._lift(name, v, msgspec.json.decode(raw))
        except msgspec.MsgspecError as error:
            raise UnknownFact(
                f"a fact {name!r} v{v} is not shaped as this version of opsguide knows it: {error}",
                hint="a released (type, version) is frozen: a changed shape is a new version with an upcast",
            ) from error

    def _lift(self, name: str, v: int, old: dict[str, Any]) -> tuple[int, Data]:
        while (step := self._upcasts.get((name, v))) is not None:
            old, v = step(old), v + 1
        if (name, v) not in self._classes:
            raise _unknown(name, v)
        return v, msgspec.convert(old, self._classes[name, v])

    def decode_personal(self, name: str, raw: bytes) -> Data:
        """The detached personal data of a fact `name`. Its class may only grow, by fields with a default."""
        cls = self._personal.get(name)
        if cls is None:
            raise _not_personal(name)
        return msgspec.json.decode(raw, type=cls)


def _not_personal(name: str) -> UnknownFact:
    return UnknownFact(
        f"facts {name!r} have no personal data of that shape", hint="name its class in `register`"
    )


def _unknown(name: str, v: int) -> UnknownFact:
    return UnknownFact(
        f"the ledger holds a fact {name!r} v{v} that this version of opsguide does not know",
        hint="start the version that wrote it, or a newer one; nothing was changed",
    )
