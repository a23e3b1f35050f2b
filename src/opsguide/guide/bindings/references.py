"""Secrets stand in the bindings only as references: `env:NAME` or `file:PATH`."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from ...kernel.errors import BindingsError

MAX_SECRET_BYTES = 16_384

REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*")
_SECRET_KEY = re.compile(r"token|secret|passw|\bpass\b|\bpwd\b|api_?key|\bkey\b|auth|signature|\bsig\b", re.I)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_OPEN_SCHEMES = frozenset(
    {"http", "https", "json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "smtp", "smtps"}
    | {"syslog", "rsyslog", "dbus", "gnome", "ntfy", "ntfys"}
    | {"postgresql", "postgres", "mysql", "mariadb", "mongodb", "redis", "rediss"}
)
"""URLs that carry no secret by nature; those of all other services (slack, tgram …) are one as a whole."""


def is_reference(text: str) -> bool:
    return REFERENCE.fullmatch(text) is not None


def secret_in(url: str) -> str | None:
    """What in this URL is a secret (`a password`, `what looks like a token` …), None if nothing is."""
    split = urlsplit(url)
    if split.scheme.lower() not in _OPEN_SCHEMES:
        return f"a `{split.scheme}://` URL, which is a secret as a whole"
    if split.password:
        return "a password"
    for key, value in parse_qsl(split.query):
        if _SECRET_KEY.search(key):
            return f"a secret in its query (`{key}`)"
        if _looks_random(value):
            return f"what looks like a token in its query (`{key}`)"
    return "what looks like a token" if any(_looks_random(part) for part in _parts(split)) else None


def _parts(split: SplitResult) -> list[str]:
    return [unquote(part) for part in (split.username or "", *split.path.split("/"))]


def _looks_random(part: str) -> bool:
    """A piece that nobody would choose as a name: a UUID, or 12 and more letters and digits mixed."""
    if _UUID.search(part):
        return True
    return any(
        len(piece) >= 12 and re.search(r"\d", piece) and re.search(r"[A-Za-z]", piece)
        for piece in re.split(r"[^A-Za-z0-9]+", part)
    )


def resolve(reference: str, environ: Mapping[str, str], base_dir: Path) -> str:
    """The text that a reference stands for; any other text stands for itself.

    `file:` paths are relative to `base_dir`, the folder of opsguide.toml. Raises BindingsError, which names
    the reference and never what it holds.
    """
    kind, _, name = reference.partition(":")
    if not is_reference(reference):
        return reference
    found = environ.get(name, "") if kind == "env" else _read(reference, base_dir / name)
    if not found.strip():
        hint = f"set {name} for the service, to the URL" if kind == "env" else "write the URL into it"
        raise BindingsError("it is not set, or empty", where=reference, hint=hint)
    return found.strip()


def _read(reference: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise BindingsError(
            f"the file cannot be read: {error.strerror}",
            where=reference,
            hint=f"create {path}, readable for the service",
        ) from None
    if len(content) > MAX_SECRET_BYTES:
        raise BindingsError(
            "the file is too large for a secret", where=reference, hint="one URL, nothing else"
        )
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise BindingsError("the file is no text", where=reference, hint="one URL in UTF-8") from None
