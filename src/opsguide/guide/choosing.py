"""Asks on the terminal which proposed edits to write, one by one."""

import sys
from collections.abc import Collection

import typer

from .checking import Checked
from .diagnostics import Paint, Sheet, of_finding, printable
from .fixing import difference
from .promise import Finding
from .source import clean

_HELP = """\
y  write it
n  leave it
a  write it, and every later one of this rule
q  leave it and all that follow; what you chose is written"""


class Chooser:
    """What `--fix` says yes to: the rules that it names, and where it names none, what a person does."""

    def __init__(self, rules: Collection[str], *, asks: bool, paint: Paint) -> None:
        self._rules = set(rules)
        self._asks = asks
        self._paint = paint

    def of(self, checked: Checked, finding: Finding) -> bool:
        if finding.rule in self._rules or not self._asks:
            return finding.rule in self._rules
        self._show(checked, finding)
        while True:
            match self._answer():
                case "y":
                    return True
                case "n":
                    return False
                case "a":
                    self._rules.add(finding.rule)
                    return True
                case "q":
                    self._asks = False
                    return False
            typer.echo(_HELP, err=True)

    def _show(self, checked: Checked, finding: Finding) -> None:
        name = checked.name
        for line in Sheet(name, clean(checked.text, where=name), self._paint).draw([of_finding(finding)]):
            typer.echo(line, err=True, color=True)
        for line in difference(checked.text, finding.edits):
            shade = {"-": "error", "+": "help", "@": "note"}.get(line[:1], "")
            shown = printable(line)
            typer.echo(self._paint(shade, shown) if shade else shown, err=True, color=True)

    def _answer(self) -> str:
        """One letter; the end of the input quits."""
        typer.echo(self._paint("bold", "Write this? [y,n,a,q,?] "), nl=False, err=True, color=True)
        line = sys.stdin.readline()
        return line.strip().casefold()[:1] if line else "q"
