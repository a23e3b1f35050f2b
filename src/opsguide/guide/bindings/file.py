"""The bindings' file: which one a guide has, and its text."""

from pathlib import Path

from ...kernel.errors import BindingsError
from ..files import fetch

NAME = "opsguide.toml"
MAX_BYTES = 1_000_000


def beside(guide: Path) -> Path | None:
    """The bindings of a guide for which none are named: those beside it, if there are any."""
    path = guide.parent / NAME
    return path if path.is_file() else None


def load(path: Path) -> str:
    """The text of a bindings file. Raises BindingsError."""
    raw = fetch(path, MAX_BYTES, BindingsError, large="is too large for bindings", hint=f"name {NAME}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BindingsError(
            "is not UTF-8 text", where=str(path), hint="save it as UTF-8: TOML asks for it"
        ) from None
