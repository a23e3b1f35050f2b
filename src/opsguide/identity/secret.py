"""Random secrets as they are shown once, and their digests as they are kept.

A token is `ogt_`, 32 random bytes and a checksum of six characters, all in base 62 letters: scanners of repositories
recognise it, and a mistyped one is told from a wrong one without asking a table.
"""

import hashlib
import secrets
import zlib
from string import ascii_letters, digits

ALPHABET = digits + ascii_letters
RANDOM_CHARACTERS = 43
"""log2(62) × 43 = 256 bits."""
CHECK_CHARACTERS = 6
TOKEN, LOCAL, LINK, SESSION = "ogt_", "ogl_", "ogs_", "og1_"
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike."""


def fresh(prefix: str) -> str:
    """A new secret of a kind."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return prefix + random + _check(prefix + random)


def is_well_formed(secret: str, prefix: str) -> bool:
    """Whether it can be one of ours at all. Says nothing about whether it counts."""
    body = secret[:-CHECK_CHARACTERS]
    length = len(prefix) + RANDOM_CHARACTERS + CHECK_CHARACTERS
    return (
        len(secret) == length
        and secret.isascii()
        and secret.startswith(prefix)
        and secret == body + _check(body)
    )


def digest(secret: str) -> bytes:
    """What is kept of it. Secrets are random enough that nothing slower is needed (passwords are not: argon2id)."""
    return hashlib.sha256(secret.encode()).digest()


def opaque(kind: str) -> str:
    """A public id that says nothing: `a-7k3f9q2mwx`."""
    return f"{kind}-" + "".join(secrets.choice(READABLE) for _ in range(10))


def recovery_code() -> str:
    """Sixteen readable characters in four groups, 79 bits."""
    found = "".join(secrets.choice(READABLE) for _ in range(16))
    return "-".join(found[at : at + 4] for at in range(0, 16, 4))


def plain_code(typed: str) -> str:
    """A code as it was typed, without blanks and dashes, in lower case."""
    return "".join(c for c in typed.casefold() if c.isalnum())


def _check(text: str) -> str:
    number, found = zlib.crc32(text.encode()), ""
    for _ in range(CHECK_CHARACTERS):
        number, rest = divmod(number, len(ALPHABET))
        found += ALPHABET[rest]
    return found
