"""What reading a guide gives: promises, prose, gaps, findings, diagnostics. All of it plain data.

It is pinned on the ledger when a guide is adopted.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from ..kernel.promise import Control, Keeper, Span
from .values import AnyValues


class Promise(Struct, frozen=True, kw_only=True):
    """A typed obligation.

    `id` comes from meaning (keeper, term, qualifier, the guide's own names), never from value, order or line.
    `section` is the path of headings it stands under, joined by " / ". `text` is the statement verbatim.
    `also` holds the spans of other statements that say the same fact.
    """

    id: str
    keeper: Keeper
    section: str
    control: Control
    span: Span
    text: str
    values: AnyValues
    also: tuple[Span, ...] = ()


class Gap(Struct, frozen=True, kw_only=True):
    """Sounds like an obligation and was not understood. `why` says what is missing."""

    span: Span
    section: str
    text: str
    why: str


Kind: TypeAlias = Literal["conflict", "missing", "outdated", "advice"]


class Edit(Struct, frozen=True):
    """A change of the document: `text`, without a line end at its end, takes the place of the lines of `span`."""

    span: Span
    text: str


class Finding(Struct, frozen=True, kw_only=True):
    """Something the guide says that cannot be so, is missing, or has aged. `rule` is its name (docs/findings/).

    `proposal` says what to write instead. `edits` writes it, where one text follows from the guide itself; where
    the team has to decide, there are none. `silenced` is the reason that the guide gives for leaving it as it is.
    """

    rule: str
    kind: Kind
    message: str
    spans: tuple[Span, ...]
    promises: tuple[str, ...] = ()
    proposal: str = ""
    edits: tuple[Edit, ...] = ()
    silenced: str | None = None


class Diagnostic(Struct, frozen=True, kw_only=True):
    """One message of the compiler: where, what was understood, what to write instead. Columns are 1-based."""

    level: Literal["error", "warning", "note"]
    code: str
    message: str
    line: int
    column: int = 1
    end_column: int = 1
    hint: str = ""


Role: TypeAlias = Literal["promise", "prose", "gap"]


class StatementOutcome(Struct, frozen=True, kw_only=True):
    """What one statement of the document became, for the golden file and the coverage."""

    span: Span
    section: str
    text: str
    role: Role
    promises: tuple[str, ...] = ()


class Coverage(Struct, frozen=True):
    statements: int
    promises: int
    prose: int
    gaps: int


class Reading(Struct, frozen=True, kw_only=True):
    """The whole result. `reader` is the version of the rules that made it."""

    reader: str
    title: str
    language: str
    promises: tuple[Promise, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    diagnostics: tuple[Diagnostic, ...]
    statements: tuple[StatementOutcome, ...]
    coverage: Coverage
