"""Which form was asked for: `--format NAME`, or `--json` as its short form."""

from enum import StrEnum
from typing import TypeVar

import typer

F = TypeVar("F", bound=StrEnum)


def chosen(form: F | None, *, as_json: bool, json: F, otherwise: F) -> F:
    """The form to write. Raises a usage error where the two contradict each other."""
    if as_json and form not in (None, json):
        raise typer.BadParameter(f"contradicts --format {form}", param_hint="--json")
    return json if as_json else form or otherwise
