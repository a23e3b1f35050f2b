"""The guide's text, fetched and made sound: one encoding, one kind of line end, no bytes that are not text."""

import unicodedata
from pathlib import Path

from ..kernel.errors import GuideError
from .files import fetch

MAX_BYTES = 1024 * 1024
"""Some twenty-five thousand lines: no operations guide; a log, an export or a mistake."""

MAX_LINE = 8_000
"""Characters of one line that are read. A longer line is data that somebody pasted."""

_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def load(path: Path) -> str:
    """The text of a guide's file. Raises GuideError when it is missing, too large, or not text."""
    large = too_large(str(path))
    raw = fetch(
        path,
        MAX_BYTES,
        GuideError,
        large=large.what,
        hint=large.hint,
        name="Markdown file",
    )
    return decode(raw, where=str(path))


def decode(raw: bytes, *, where: str) -> str:
    """Bytes → text: UTF-8, or UTF-16 where a byte order mark says so. Raises GuideError for anything else."""
    encoding = next((name for mark, name in _BOMS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise GuideError(
            f"is not UTF-8 text (byte {problem.start + 1})",
            where=f"{where}:{line}",
            hint="save it as UTF-8, or check that it is the Markdown file",
        ) from None


def clean(text: str, *, where: str) -> list[str]:
    """The lines of a guide, composed to NFC. Raises GuideError for what is empty, binary or too large."""
    if len(text) > MAX_BYTES:
        raise too_large(where)
    if "\0" in text:
        raise GuideError("holds NUL bytes: this is no text", where=where, hint="name the Markdown file")
    if not text.strip():
        raise GuideError("is empty", where=where, hint="write a first promise: `- **Uptime**: 99.9%`")
    text = unicodedata.normalize("NFC", text).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return [line[:MAX_LINE] for line in text.split("\n")]


def too_large(where: str) -> GuideError:
    limit = MAX_BYTES // 1024 // 1024
    return GuideError(f"is larger than {limit} MB", where=where, hint="name the guide itself, not an export")
