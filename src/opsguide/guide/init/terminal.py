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
        self._quiet(f"Enter takes what stands in [brackets], or leaves it out; {LEAVE} leaves it out;")
        self._quiet(f"{FINISH} ends the questions and writes what there is; Ctrl-C writes nothing.")

    def agrees(self, question: str) -> bool:
        """A yes in so many words; no is what Enter means."""
        self._say(printable(question))
        return self._answer().casefold() in ("y", "yes")

    def ask(self, question: Question, check: Check) -> Guess | None:
        if self._finished:
            return None
        guesses = [guess for guess in question.guesses if not check(guess.value)]
        default = guesses[0] if guesses else None
        self._show(question, guesses)
        while True:
            answer = self._answer()
            if answer == FINISH:
                self._finished = True
                return None
            if answer == LEAVE or not (answer or default):
                return None
            if not answer:
                return default
            if len(guesses) > 1 and answer in map(str, range(1, len(guesses) + 1)):
                return guesses[int(answer) - 1]
            complaint = check(answer)
            if not complaint:
                return Guess(answer, "")
            for line in textwrap.wrap(printable(complaint), _WIDTH - 2):
                self._say(f"  {self._paint('error', line)}")

    def _show(self, question: Question, guesses: list[Guess]) -> None:
        self._say("")
        binds = f"  needed by {plural(len(question.promises), 'promise')}" if question.promises else ""
        self._say(self._paint("bold", printable(question.title)) + self._paint("quiet", binds))
        for line in told_lines(question.promises):
            self._quiet(line[:_WIDTH])
        offers = "   ".join(map(printable, question.offers))
        for line in (*textwrap.wrap(question.hint, _WIDTH - 2), *textwrap.wrap(offers, _WIDTH - 2)):
            self._say(f"  {line}")
        for place, guess in enumerate(guesses, 1):
            value = printable(guess.value)
            number = f"{place} " if len(guesses) > 1 else ""
            self._say(f"  {number}{f'[{value}]' if place == 1 else value}")
            margin = " " * (len(number) + 4)
            for line in textwrap.wrap(
                printable(guess.source), _WIDTH, initial_indent=margin, subsequent_indent=margin
            ):
                self._quiet(line)

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
