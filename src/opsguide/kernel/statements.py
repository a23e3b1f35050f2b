"""A file of SQL, read by its `-- name:` lines: SQL stands in files of its own, never pasted together."""

import re
from collections.abc import Mapping

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def named(text: str) -> Mapping[str, str]:
    """Name → statement. What stands before the first name is about the whole file."""
    parts = _NAME.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
