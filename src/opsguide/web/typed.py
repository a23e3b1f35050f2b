"""What somebody had typed when their session had ended: carried through the sign-in by its forms, kept nowhere here."""

from typing import Annotated, Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from msgspec import Meta, Struct

from .addresses import local_path

MOST_FIELDS = 200
SECRET = ("/profile", "/people", "/set-up", "/sign-")
"""Forms below these hold passwords, or are about accounts: they are filled in anew."""

SHORT = 40
"""Longer values, and those of several words, are shown to be read again."""

Asked: TypeAlias = Request[Any, Any, Any]
Address: TypeAlias = Annotated[str, Meta(max_length=2_000)]
Text: TypeAlias = Annotated[str, Meta(max_length=900_000)]


class Typed(Struct, frozen=True):
    """A form: the address `of` which it was sent to, and its fields in order. Nothing where `of` is ""."""

    of: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """As a hidden field carries it."""
        return msgspec.json.encode(self.fields).decode()

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What a person wrote."""
        return [(name, value) for name, value in self.fields if _is_written(value)]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The rest. Who does it is who signed in, whoever it was before."""
        return [(name, value) for name, value in self.fields if not _is_written(value) and name != "by"]


def is_kept(path: str) -> bool:
    """Whether what was typed into a form is carried."""
    return not path.startswith(SECRET)


def carried(of: str, text: str) -> Typed:
    """What a hidden field carries; nothing where that is not what we gave out."""
    path = local_path(of)
    try:
        fields = msgspec.json.decode(text or "[]", type=tuple[tuple[str, str], ...])
    except msgspec.MsgspecError:
        return Typed()
    return Typed(path, fields[:MOST_FIELDS]) if of and is_kept(path) else Typed()


async def sent(request: Asked, of: str) -> Typed:
    """The form of a request that came for another address."""
    body = (await request.body()).decode("utf-8", "replace")
    fields = parse_qsl(body, keep_blank_values=True)[:MOST_FIELDS]
    path = local_path(of)
    return Typed(path, tuple(fields)) if is_kept(path) else Typed()


def _is_written(value: str) -> bool:
    return len(value) > SHORT or len(value.split()) > 1
