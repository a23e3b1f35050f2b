"""The command's root. A verb is one line in VERBS; its module is imported when it is called, and only then,
so that `opsguide check` never loads what only `opsguide serve` needs.
"""

import gc
import os
import sys
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn, get_args, get_origin

import typer
from typer.core import TyperGroup
from typer.main import get_command

from . import __version__
from .guide.diagnostics import Paint, told_error
from .guide.wording import did_you_mean
from .kernel.errors import LedgerBroken, OpsguideError

GC_THRESHOLDS = (50_000, 20, 20)


class Verb(NamedTuple):
    """`target` is module:attribute, a typer app or the function of a single command; `help` one line."""

    target: str
    help: str


VERBS = {
    "check": Verb(
        "opsguide.guide.cli:app", "Read guides: what they promise, what is unclear, what is not bound."
    ),
    "diff": Verb("opsguide.guide.diff:diff", "What a change of the guide means for what is promised."),
    "init": Verb(
        "opsguide.guide.init.cli:init", "Ask what a guide's promises need, and write opsguide.toml."
    ),
    "import": Verb(
        "opsguide.importers.cli:import_",
        "Take over what PagerDuty, Opsgenie, Grafana OnCall, Alertmanager know.",
    ),
    "schema": Verb(
        "opsguide.guide.bindings.cli:schema", "Print the JSON Schema of opsguide.toml, for editors."
    ),
    "lsp": Verb("opsguide.lsp.cli:lsp", "Language server: check a guide while it is written."),
    "serve": Verb("opsguide.app.cli:serve", "Run the service: watch the guide's promises, page, show them."),
    "status": Verb("opsguide.app.status:status", "How every promise stands, now or at any instant."),
    "alerts": Verb(
        "opsguide.app.alerts.cli:app", "Test alerts, check rule files, write the guide's alerts as one."
    ),
    "budget": Verb(
        "opsguide.app.budget:budget", "How much of each error budget is left, and on what it was spent."
    ),
    "explain": Verb(
        "opsguide.app.explain:explain", "Why is this promise or incident red? What does this rule find?"
    ),
    "backtest": Verb(
        "opsguide.app.backtest.cli:backtest", "Try a guide's thresholds on the samples of the past."
    ),
    "prove": Verb(
        "opsguide.app.drills.cli:prove", "Prove by a drill that a breach reaches the person on call."
    ),
    "ack": Verb("opsguide.app.remote:ack", "Acknowledge an incident."),
    "resolve": Verb("opsguide.app.remote:resolve", "Resolve an incident."),
    "incidents": Verb(
        "opsguide.app.incidents:incidents", "Open an incident, give it back, reopen or merge it."
    ),
    "silence": Verb("opsguide.app.incidents:silence", "For a time, tell nobody of what is known."),
    "oncall": Verb("opsguide.app.oncall:app", "Who is on call, and when; stand in for others, swap turns."),
    "channels": Verb("opsguide.app.channels:channels", "How each way to people does; test one."),
    "databases": Verb(
        "opsguide.app.databases:databases", "What the watched databases wait for, and who blocks whom."
    ),
    "deploy": Verb("opsguide.app.deploys:deploy", "Say that something was deployed; list deploys."),
    "maintenance": Verb(
        "opsguide.app.maintenance:maintenance", "Announce maintenance as the guide asks; list it, cancel it."
    ),
    "status-page": Verb("opsguide.app.status_page.cli:app", "Who is told by the public status page."),
    "sign": Verb("opsguide.app.remote:sign", "Sign for a promise that nothing can measure."),
    "withdraw": Verb("opsguide.app.remote:withdraw", "Take a signature back."),
    "users": Verb("opsguide.app.users:app", "Who can sign in, and what each may."),
    "tokens": Verb("opsguide.app.tokens:app", "Tokens for programs."),
    "login": Verb("opsguide.app.tokens:login", "Keep a token, for commands to a service elsewhere."),
    "report": Verb(
        "opsguide.app.report.cli:report", "What was kept and broken in a month, as HTML, PDF, JSON, OSCAL."
    ),
    "probes": Verb("opsguide.app.probes:probes", "How every probe is, from where, since when, and why."),
    "probe": Verb("opsguide.app.prober:probe", "Probe from here for a service elsewhere: a region."),
    "lab": Verb("opsguide.app.lab:app", "How fast the pages of the lab are; check one now."),
    "ledger": Verb("opsguide.storage.cli:app", "Verify, export or show the ledger."),
    "demo": Verb("opsguide.demo.cli:app", "A small shop to try everything on."),
    "version": Verb("opsguide.cli:version", "Print the version."),
}


def load(target: str) -> Any:
    """What `module:attribute` names. The one late import of the code."""
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


class Verbs(TyperGroup):
    """The group of all verbs: lists them from the table, and loads one when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        verb = VERBS.get(cmd_name)
        return None if verb is None else _command(cmd_name, load(verb.target))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in VERBS and not args[0].startswith("-"):
            near = did_you_mean(args[0], VERBS)
            ctx.fail(f"there is no command `{args[0]}`{near and f': {near}'}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.help) for name, verb in VERBS.items()])


def _command(name: str, found: Any) -> Any:
    """A typer app as it is, a function as a command of its own."""
    if isinstance(found, typer.Typer):
        group = found
    else:
        group = typer.Typer(add_completion=False)
        group.command(name)(found)
    command = get_command(group)
    command.name = name
    _plain(command)
    return command


def _plain(command: Any) -> None:
    """Help and usage errors as plain text: no boxes, and rich is not loaded for them."""
    command.rich_markup_mode = None
    for inner in getattr(command, "commands", {}).values():
        _plain(inner)


class _PlainValue:
    """Takes text, paths and names of choices as they are typed; leaves all else, and what is wrong, to typer.

    typer asks pydantic even for an option that is not given; importing pydantic is a fifth of a check.
    """

    def __init__(self, descriptor: Any) -> None:
        self._descriptor = descriptor

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """What typer's own (typer._coercion.RuntimeParam) gives."""
        if value is None:
            return None
        kind = self._descriptor.annotation
        several = get_origin(kind) is list and not isinstance(value, str)
        values = [_typed(get_args(kind)[0], each) for each in value] if several else [_typed(kind, value)]
        if None in values:
            return _of_typer(self._descriptor).coerce(value, param=param, ctx=ctx)
        return values if several else values[0]


def _typed(kind: Any, value: Any) -> Any:
    """The value as one of the plain types; None where it is none."""
    if kind is str and isinstance(value, str):
        return value
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    if isinstance(kind, type) and issubclass(kind, StrEnum) and value in kind.__members__.values():
        return kind(value)
    return None


# Not typer's public face: where it is not there, all works as ever, only slower (test_architecture.py notices).
_TYPER: dict[str, Any] = vars(typer.core)
_of_typer = _TYPER.get("build_runtime_param", _PlainValue)
if _of_typer is not _PlainValue:
    _TYPER["build_runtime_param"] = _PlainValue


app = typer.Typer(
    cls=Verbs, add_completion=False, no_args_is_help=True, invoke_without_command=True, rich_markup_mode=None
)


@app.callback()
def root(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Runs your operations guide: reads its promises, watches them, pages when one breaks."""
    if show_version:
        version()
        raise typer.Exit
    context.obj = _readers


def version() -> None:
    """Print the version."""
    typer.echo(f"opsguide {__version__}")


def _readers() -> Any:
    """The readers of all chapters, for those verbs that read a guide."""
    return load("opsguide.readers:ALL")


def main() -> NoReturn:
    """The entry point: every error that a user can meet is told without a traceback."""
    # Imports make tens of thousands of objects and free none: the default looks through them dozens of times,
    # and once more on leaving, which together is a sixth of a check.
    gc.set_threshold(*GC_THRESHOLDS)
    for stream in (sys.stdout, sys.stderr):
        # A guide holds signs that the terminal's encoding may not have: show them escaped.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        status = _run()
    except OpsguideError as error:
        status = 1 if isinstance(error, LedgerBroken) else 2
        paint = Paint.for_stream(sys.stderr, os.environ)
        typer.echo(told_error(error, paint), err=True, color=True)
    except KeyboardInterrupt:
        status = 130
    gc.freeze()
    sys.exit(status)


def _run() -> int:
    """Run the verb; a reader that went away (`| head`) ends it quietly."""
    status: int | str | None = 0
    try:
        get_command(app).main(prog_name="opsguide")
    except SystemExit as ended:
        status = ended.code
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    return status if isinstance(status, int) else 0
