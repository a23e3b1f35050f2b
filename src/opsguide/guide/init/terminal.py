"""Asks a person on a terminal, one question at a time."""

import contextlib
import sys
import textwrap

import typer

from ...kernel.errors import OpsguideError
from ..diagnostics import Paint, printable
from ..wording import plural
from .found import Guess
from .interview import Check, Question
from .needs import told_lines

with contextlib.suppress(ImportError):
    import readline  # noqa: F401 - its presence lets people edit what they type

LEAVE, FINISH = "-", "q"
_WIDTH = 78


class Person:
    """Answers what is asked, until it has had enough."""

    def __init__(self, paint: Paint) -> None:
        self._paint = paint
        self._finished = False

    def greet(self, guide: str) -> None:
        self._say(f"What {guide} promises, bound to where it is: most useful questions first.")
        self._quiet(
            f"Enter takes what stands in [brackets], or leaves it out; {LEAVE} leaves it out; {FINISH} ends the"
        )
        self._quiet("questions and writes what there is; Ctrl-C writes nothing.")

    def agrees(self, question: str) -> bool:
        """A yes in so many words; no is what Enter means."""
        self._say(printable(question))
        return self._answer().casefold() in ("y", "yes")

    def ask(self, question: Question, check: Check) -> Guess | None:
        if self._finished:
            return None
        default = next((guess for guess in question.guesses if not check(guess.value)), None)
        self._show(question, default)
        while True:
            answer = self._answer()
            if answer == FINISH:
                self._finished = True
                return None
            if answer == LEAVE or not (answer or default):
                return None
            if not answer:
                return default
            complaint = check(answer)
            if not complaint:
                return Guess(answer, "")
            for line in textwrap.wrap(printable(complaint), _WIDTH - 2):
                self._say(f"  {self._paint('error', line)}")

    def _show(self, question: Question, default: Guess | None) -> None:
        self._say("")
        binds = f"  needed by {plural(len(question.promises), 'promise')}" if question.promises else ""
        self._say(self._paint("bold", printable(question.title)) + self._paint("quiet", binds))
        for line in told_lines(question.promises):
            self._quiet(line[:_WIDTH])
        offers = "   ".join(map(printable, question.offers))
        for line in (*textwrap.wrap(question.hint, _WIDTH - 2), *textwrap.wrap(offers, _WIDTH - 2)):
            self._say(f"  {line}")
        if default is not None:
            self._say(f"  [{printable(default.value)}]" + self._paint("quiet", f"  {default.source}"))

    def _answer(self) -> str:
        """A line without its margins. Raises KeyboardInterrupt, or OpsguideError where the input ends."""
        while True:
            try:
                return input("> ").strip()
            except UnicodeDecodeError:
                self._say(f"  {self._paint('error', 'that is no text in the encoding of this terminal')}")
            except KeyboardInterrupt:
                self._say("\nnothing was written")
                raise
            except EOFError:
                self._say("")
                raise OpsguideError("the answers ended", hint="nothing was written") from None

    def _quiet(self, line: str) -> None:
        self._say(self._paint("quiet", line))

    def _say(self, line: str) -> None:
        sys.stdout.flush()
        typer.echo(line, color=True)
