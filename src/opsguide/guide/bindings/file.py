"""The bindings' file: which one a guide has, and its text."""

from pathlib import Path

from ...kernel.errors import BindingsError

NAME = "opsguide.toml"
MAX_BYTES = 1_000_000


def beside(guide: Path) -> Path | None:
    """The bindings of a guide for which none are named: those beside it, if there are any."""
    path = guide.parent / NAME
    return path if path.is_file() else None


def load(path: Path) -> str:
    """The text of a bindings file. Raises BindingsError."""
    where = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise BindingsError(f"cannot be read: {reason}", where=where, hint="check the path") from None
    if len(raw) > MAX_BYTES:
        raise BindingsError("is too large for bindings", where=where, hint=f"name {NAME}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BindingsError(
            "is not UTF-8 text", where=where, hint="save it as UTF-8: TOML asks for it"
        ) from None
