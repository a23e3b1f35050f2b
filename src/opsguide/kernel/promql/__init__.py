"""PromQL's text, read once for all: by the engine that answers it and by the bindings that hold it."""

from .reading import EXPERIMENTAL_WORDS, Read, read, unsupported
from .tokens import MAX_SECONDS, NotSupported, Token, duration, error_at, place, tokens, unquoted

__all__ = [
    "EXPERIMENTAL_WORDS",
    "MAX_SECONDS",
    "NotSupported",
    "Read",
    "Token",
    "duration",
    "error_at",
    "place",
    "read",
    "tokens",
    "unquoted",
    "unsupported",
]
