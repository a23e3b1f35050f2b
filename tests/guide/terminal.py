"""A real terminal, on which somebody types."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.guide.test_check import COMMAND

WAIT = 60
"""Seconds for a question to come: only a hang takes so long."""


def _own_terminal() -> None:
    """So that Ctrl-C reaches it as a signal, even where the tests run in the background and ignore it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """Runs the command on a terminal of 80 columns; `prompt` is how its questions end.

    `apart`: what it writes to standard output goes to a pipe, and `end` gives it.
    """

    def __init__(self, arguments: Sequence[str], prompt: str, *, folder: Path, apart: bool) -> None:
        self._prompt, self._apart = prompt, apart
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        self._run = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=folder,
            stdin=theirs,
            stdout=subprocess.PIPE if apart else theirs,
            stderr=theirs,
            env=os.environ | {"TERM": "xterm", "NO_COLOR": ""},
            start_new_session=True,
            preexec_fn=_own_terminal,  # noqa: PLW1509 - nothing else runs before the program
        )
        os.close(theirs)
        self.seen = ""

    def question(self) -> str:
        """Wait for the next question; what was shown for it."""
        shown = ""
        while not re.sub(r"\x1b\[[\d;]*m", "", shown).endswith(self._prompt):
            shown += self._read(shown)
        self.seen += shown
        return shown

    def _read(self, before: str) -> str:
        assert select.select([self._ours], [], [], WAIT)[0], f"nothing more within {WAIT} s: {before}"
        return os.read(self._ours, 4096).decode()

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        """Wait for the question and press Ctrl-C, again where nothing comes of it, as a person does.

        Between the prompt and the wait for a key a signal is noticed only with the next key: Python's input() is so.
        """
        self.question()
        for _ in range(10):
            self.type("\x03")
            with suppress(subprocess.TimeoutExpired):
                self._run.wait(timeout=2)
                return

    def answer(self, line: str) -> str:
        """Wait for the question, answer it; what was shown for it."""
        shown = self.question()
        self.type(line)
        return shown

    def until(self, title: str, otherwise: str) -> str:
        """Answer every question but the one with these words, which is next then; what was shown for it."""
        while title not in (shown := self.question()):
            self.type(otherwise)
        return shown

    def end(self) -> tuple[int, str]:
        """The exit status, and the rest of what it said."""
        if self._apart:
            out, _ = self._run.communicate(timeout=60)
            return self._run.returncode, out.decode()
        rest = ""
        try:
            while data := self._read(rest):
                rest += data
        except OSError:  # so a terminal of Linux ends
            pass
        self.seen += rest
        return self._run.wait(timeout=60), rest

    def close(self) -> None:
        self._run.kill()
        self._run.communicate()
        os.close(self._ours)


@contextmanager
def terminal(*arguments: str, prompt: str, folder: Path = Path(), apart: bool = False) -> Iterator[Terminal]:
    found = Terminal(arguments, prompt, folder=folder, apart=apart)
    try:
        yield found
    finally:
        found.close()
