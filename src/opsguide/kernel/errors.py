"""Every error a user can meet, as one tree.

OpsguideError
├── GuideError          the guide cannot be used: missing, empty, binary, too large
├── BindingsError       opsguide.toml: unknown key, wrong type, dangling reference
├── ImportFailed        a file of another tool cannot be taken over: not its export, unreadable, incomplete
├── LedgerError
│   ├── LedgerBroken    the chain does not verify
│   └── LedgerUnwritable  nothing could be written (disk full, read-only): nothing of the batch is recorded
├── UnknownFact         the ledger holds a fact this version cannot read
├── QueryError          an expression does not parse or cannot be answered
│   └── EngineAway      the engine that is asked cannot be reached, refuses, or takes too long
├── ServiceUnreachable  a command needs the running service and it does not answer
└── Refused             a command was understood and refused, with a named reason
"""


class OpsguideError(Exception):
    """What was wrong, where, and what to do next."""

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f"\n  → {self.hint}" if self.hint else "")


class GuideError(OpsguideError):
    """The guide cannot be used."""


class BindingsError(OpsguideError):
    """The bindings cannot be used."""


class ImportFailed(OpsguideError):
    """A file of another tool cannot be taken over."""


class LedgerError(OpsguideError):
    """The ledger cannot be used."""


class LedgerBroken(LedgerError):
    """The ledger's hash chain does not verify."""


class LedgerUnwritable(LedgerError):
    """The ledger cannot be written now; nothing of this batch is recorded."""


class UnknownFact(OpsguideError):
    """The ledger holds a fact that this version does not know."""


class QueryError(OpsguideError):
    """A query does not parse or cannot be answered."""


class EngineAway(QueryError):
    """The engine does not answer: nothing is known of the expression, nor of what it measures."""


class ServiceUnreachable(OpsguideError):
    """The running service does not answer."""


class Refused(OpsguideError):
    """A command was refused. `reason` is the refusal's name, stable for scripts."""

    def __init__(self, what: str, *, reason: str, where: str = "", hint: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.reason = reason
