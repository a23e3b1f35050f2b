"""A real terminal, on which somebody types."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.guide.test_check import COMMAND

WAIT = 60
"""Seconds for a question to come: only a hang takes so long."""


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
            # Its own terminal, so that Ctrl-C reaches it as a signal; nothing else runs before the program.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(theirs)
        self.seen = ""

    def question(self) -> str:
        """Wait for the next question; what was shown for it."""
        shown = ""
        while not re.sub(r"\x1b\[[\d;]*m", "", shown).endswith(self._prompt):
            assert select.select([self._ours], [], [], WAIT)[0], f"it asked nothing within {WAIT} s: {shown}"
            shown += os.read(self._ours, 4096).decode()
        self.seen += shown
        return shown

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

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
            while data := os.read(self._ours, 4096):
                rest += data.decode()
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
