"""`opsguide demo …`: the shop, its visitors and opsguide itself, to try everything on."""

import asyncio
import os
import shutil
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ..guide.bindings import Bindings, read_bindings
from ..guide.reading import read
from ..guide.source import load
from ..kernel.errors import OpsguideError
from ..readers import ALL
from ..service.clock import SystemClock
from . import past
from .children import end_leftovers
from .control import ask
from .due import told
from .hurrying import hurry_up, take_back
from .ports import HOST, choose, is_free
from .supervisor import FAULTS, Demo, supervise
from .working import GUIDE, Folder, Notes, default_folder, point_to, pointed, prepare, running_demo

app = typer.Typer(
    help="A small real shop, watched through the example guide: break it, and see what happens."
)

Directory = Annotated[
    Path | None,
    typer.Option(help="The demo's working folder.", show_default="the demo that was started last"),
]


def say(text: str) -> None:
    # The terminal may be gone; stopping everything matters more than saying so.
    with suppress(OSError):
        print(text, flush=True)


def examples() -> Path:
    """The folder of the example guide: inside the installed package, or in the repository."""
    installed = Path(__file__).parent / "examples"
    found = installed if installed.is_dir() else Path(__file__).parents[3] / "examples"
    if not (found / GUIDE).is_file():
        raise OpsguideError("the example guide is missing", where=str(found), hint="install opsguide again")
    return found


def typed() -> str:
    """How opsguide was called here, to be typed again: `make run` calls it by a path."""
    called = Path(sys.argv[0])
    if called.name != "opsguide":
        return "python -m opsguide"
    if shutil.which("opsguide") == str(called):
        return "opsguide"
    with suppress(ValueError):
        return str(called.absolute().relative_to(Path.cwd()))
    return str(called)


@app.command()
def run(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port of the console.", show_default="8470, else a free one"),
    ] = None,
    directory: Annotated[Path | None, typer.Option(help="Working folder.", show_default="build/demo")] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start from the example again: edits and history go.")
    ] = False,
    history: Annotated[
        bool, typer.Option(help="Make up the two weeks before, the first time.", show_default=True)
    ] = True,
) -> None:
    """Start the shop, its visitors and opsguide; stop all of them on Ctrl-C."""
    if directory is None and (other := pointed()) is not None and other.is_running():
        raise already_runs(other)
    folder = Folder(directory.absolute()) if directory is not None else default_folder()
    folder.hold_ours()
    with folder.held() as ours:
        if not ours:
            raise already_runs(folder)
        _run(folder, port, fresh=fresh, history=history)


def already_runs(folder: Folder) -> OpsguideError:
    notes = folder.notes()
    console = f"http://{HOST}:{notes.ports.opsguide}/"
    hint = f"its console is {console}; stop it with Ctrl-C in its terminal, or: kill {notes.pid}"
    return OpsguideError(f"a demo is already running (pid {notes.pid})", where=str(folder.path), hint=hint)


def _run(folder: Folder, port: int | None, *, fresh: bool, history: bool) -> None:
    for left in end_leftovers(folder.notes().processes):
        say(f"ended {left}, left over from a demo that was killed")
    if port is not None and not is_free(port):
        hint = "choose another, or leave --port out and a free one is taken"
        raise OpsguideError(f"port {port} is taken by another program", hint=hint)
    if fresh:
        folder.reset()
    ports, complaints = choose(port)
    notes = folder.notes()
    notes.pid = os.getpid()
    for line in [
        f"the demo's folder is   {folder.path}",
        *complaints,
        *prepare(folder, examples(), ports, notes),
    ]:
        say(line)
    if not point_to(folder):
        say(f"could not note where this demo runs: give the commands below --directory {folder.path}")
    if history and not folder.data.exists():
        _make_history(folder)
    demo = Demo(folder, notes, service(folder, notes), say)
    asyncio.run(supervise(demo, introduction(notes)))
    say("all of it has stopped")


def _make_history(folder: Folder) -> None:
    """In one step: a start that is interrupted leaves no half of it."""
    say(
        "making up two weeks   of the shop, once (about 15 s): samples, alerts, incidents, pages; nothing is sent"
    )
    part = folder.data.with_name("data.part")
    shutil.rmtree(part, ignore_errors=True)
    guide, bindings = (path.read_text(encoding="utf-8") for path in (folder.guide, folder.bindings))
    facts = asyncio.run(past.make(part, guide, bindings, SystemClock().now()))
    part.rename(folder.data)
    say(
        f"                      {facts:,} facts on the ledger; those of this time say `demo` as who reported them"
    )


def service(folder: Folder, notes: Notes) -> list[str]:
    """The command that runs opsguide itself, as anybody would."""
    options = [f"--bindings={folder.bindings}", f"--data={folder.data}", f"--port={notes.ports.opsguide}"]
    installed = Path(sys.executable).with_name("opsguide")
    opsguide = [str(installed)] if installed.exists() else [sys.executable, "-m", "opsguide"]
    return [*opsguide, "serve", str(folder.guide), *options, "--tour", "--visitor"]


def introduction(notes: Notes) -> str:
    """What is said when everything runs."""
    return f"""
Everything runs. Open  http://{HOST}:{notes.ports.opsguide}/  and then, in another terminal:

  {typed()} demo hurry          minutes of the guide become seconds, so that the story takes one
  {typed()} demo break errors   real failures; says when the page is due ({", ".join(FAULTS[1:])} break too)
  {typed()} demo heal           the shop is mended

Ctrl-C stops all of it.
"""


@app.command("break")
def break_(
    fault: Annotated[str, typer.Argument(help=f"What breaks: {', '.join(FAULTS)}.")],
    directory: Directory = None,
) -> None:
    """Break the shop, for real."""
    if fault not in FAULTS:
        raise OpsguideError(
            f"the shop cannot break in the way {fault!r}", hint=f"it can: {', '.join(FAULTS)}"
        )
    folder = running_demo(directory)
    for line in [*ask(folder, "break", fault), *when(folder, fault)]:
        say(line)


def when(folder: Folder, fault: str) -> list[str]:
    """When the page is due, by the guide and the bindings as they are now."""
    try:
        reading = read(load(folder.guide), ALL, where=folder.guide.name)
        bindings, _ = read_bindings(folder.bindings.read_text(encoding="utf-8"))
    except (OpsguideError, OSError) as error:
        return [f"when the page is due cannot be told: {error}"]
    return told(fault, reading, bindings or Bindings(), datetime.now().astimezone())


@app.command()
def heal(directory: Directory = None) -> None:
    """Mend everything that is broken in the shop."""
    for line in ask(running_demo(directory), "heal"):
        say(line)


@app.command("hurry")
def hurry_(
    undo: Annotated[bool, typer.Option("--undo", help="Take all of it back.")] = False,
    directory: Directory = None,
) -> None:
    """Shorten the times in the working copy of the guide, so that the story takes a minute."""
    folder = running_demo(directory)
    for line in take_back(folder) if undo else hurry_up(folder):
        say(line)
    say(
        "opsguide reloads it by itself"
        if undo
        else "opsguide reloads it by itself; back with: demo hurry --undo"
    )


@app.command()
def status(directory: Directory = None) -> None:
    """What of the demo runs, where, and what is broken."""
    folder = running_demo(directory)
    notes = folder.notes()
    say(f"folder    {folder.path}")
    say(f"console   http://{HOST}:{notes.ports.opsguide}/")
    say(f"shop      http://{HOST}:{notes.ports.shop}/")
    for line in ask(folder, "status"):
        say(line)
