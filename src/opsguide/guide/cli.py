"""`opsguide check`: reads guides and says what they promise, what is unclear, and what is not bound.

Exit status: 0 clean; 1 a guide or its bindings have an error, or with --strict a gap, a finding or a warning;
2 an input cannot be used. Of several guides the worst counts.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from typer.core import TyperCommand

from ..kernel.errors import GuideError
from .bindings import file
from .checking import STDIN, Checked, Outcome, Unusable, status
from .checking import check as check_one
from .choosing import Chooser
from .diagnostics import Paint, printable, told_error
from .findings import RULES
from .fixing import fix
from .formats import data, github, junit, report, sarif
from .formats.choice import chosen
from .formats.told import Manner
from .pages import names
from .reader import Readers
from .wording import did_you_mean, listed, plural

Provide: TypeAlias = Callable[[], Readers]
"""What the root hands in as the context's object: guide knows no chapter, so it is given their readers."""

Write: TypeAlias = Callable[[Iterable[Outcome], Manner], Iterator[str]]

ASK = ""
"""`--fix` without a rule."""


class Format(StrEnum):
    """How the messages are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


WRITE: dict[Format, Write] = {
    Format.TEXT: report.text,
    Format.JSON: data.as_json,
    Format.SARIF: sarif.log,
    Format.GITHUB: github.commands,
    Format.JUNIT: junit.suites,
}


class Check(TyperCommand):
    """`--fix` takes a rule or none: a word behind it is its value only where it names a rule, else it is a guide."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(_valued(args)))


def _valued(args: Sequence[str]) -> Iterator[str]:
    """`--fix RULE` as `--fix=RULE`, `--fix` alone as `--fix=`."""
    left = iter(args)
    for arg in left:
        if arg == "--":
            yield arg
            yield from left
        elif arg != "--fix":
            yield arg
        else:
            follows = next(left, None)
            if follows is not None and _is_rule(follows):
                yield f"--fix={follows}"
            else:
                yield f"--fix={ASK}"
                if follows is not None:
                    yield from _valued([follows, *left])


app = typer.Typer(add_completion=False)


@app.command("check", cls=Check)
def check(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    context: typer.Context,
    guides: Annotated[
        list[str], typer.Argument(metavar="GUIDE", help="Markdown files, or - for standard input.")
    ],
    bindings: Annotated[
        Path | None,
        typer.Option(
            "--bindings", metavar="FILE", help="Bindings; default: opsguide.toml beside the guide, if any."
        ),
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="How to write it.", show_default="text")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on gaps, findings and warnings too.")
    ] = False,
    rules: Annotated[
        list[str] | None,
        typer.Option(
            "--fix", metavar="[RULE]", help="Write the edits of this rule; without a rule ask for each."
        ),
    ] = None,
) -> None:
    """Read guides: what they promise, what is unclear, what is not bound.

    Exit status: 0 clean; 1 an error in a guide or its bindings, or with --strict a gap, a finding or a warning;
    2 an input cannot be used.
    """
    provide: Provide = context.obj
    form = chosen(form, as_json=as_json, json=Format.JSON, otherwise=Format.TEXT)
    if guides.count(STDIN) > 1:
        raise typer.BadParameter("standard input can be read once", param_hint="GUIDE")
    chooser = _chooser(rules, guides) if rules else None
    if bindings is not None:
        file.load(bindings)
    readers, statuses = provide(), list[int]()

    def checked() -> Iterator[Outcome]:
        for guide in guides:
            outcome = _one(guide, readers, bindings, chooser)
            statuses.append(status(outcome, strict=strict))
            yield outcome

    manner = Manner(strict, Paint.for_stream(sys.stdout, os.environ), several=len(guides) > 1)
    for line in WRITE[form](checked(), manner):
        _put(line, form)
    raise typer.Exit(max(statuses))


def _one(guide: str, readers: Readers, bindings: Path | None, chooser: Chooser | None) -> Outcome:
    """Check a guide; with --fix write what is chosen, and check it again. What cannot be used is told at once."""
    outcome = check_one(guide, readers, bindings)
    if chooser is not None and isinstance(outcome, Checked):
        try:
            if _fixed(Path(guide), outcome, chooser):
                outcome = check_one(guide, readers, bindings)
        except GuideError as error:
            outcome = Unusable(outcome.name, error)
    if isinstance(outcome, Unusable):
        _tell(told_error(outcome.error, Paint.for_stream(sys.stderr, os.environ)))
    return outcome


def _fixed(path: Path, checked: Checked, chooser: Chooser) -> bool:
    """Was anything written? It is told, whatever the form of the rest."""
    made = fix(path, checked, lambda finding: chooser.of(checked, finding))
    if made:
        rules = listed(dict.fromkeys(finding.rule for finding in made))
        _tell(f"{printable(str(path))}: wrote the edits of {plural(len(made), 'finding')}: {rules}")
    return bool(made)


def _chooser(rules: Sequence[str], guides: Sequence[str]) -> Chooser:
    """Raises a usage error for what cannot be fixed, and for asking where nobody is to answer."""
    named = [rule for rule in rules if rule != ASK]
    unknown = next((rule for rule in named if rule not in _rules()), None)
    if unknown is not None:
        near = did_you_mean(unknown, _rules())
        raise typer.BadParameter(f"there is no rule `{unknown}`{near and f': {near}'}", param_hint="--fix")
    if STDIN in guides:
        raise typer.BadParameter("standard input cannot be written", param_hint="--fix")
    asks = ASK in rules
    if asks and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise typer.BadParameter("asks, and there is no terminal: name a rule", param_hint="--fix")
    return Chooser(named, asks=asks, paint=Paint.for_stream(sys.stderr, os.environ))


def _rules() -> list[str]:
    """Every rule that may find something."""
    return sorted({*RULES, *names()})


def _is_rule(word: str) -> bool:
    """A rule, or a slip in the name of one: then it is told so, and not searched for as a file."""
    known = _rules()
    return word in known or bool(not Path(word).exists() and did_you_mean(word, known))


def _tell(line: str) -> None:
    typer.echo(line, err=True, color=True)


def _put(line: str, form: Format) -> None:
    """Text as the terminal can show it; what programs read is UTF-8."""
    if form is Format.TEXT:
        typer.echo(line, color=True)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
