"""Passwords: which may be chosen (length and guesses, no rules of composition), and their argon2id hashes.

Parameters are those of RFC 9106's second recommendation: 64 MiB, three passes, four lanes.
"""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..kernel.errors import Refused

LEAST, MOST = 12, 200
LOOKED_AT = 72
"""The estimate takes longer than linearly; what stands behind this many characters only makes it stronger."""

ENOUGH = 3
"""Of zxcvbn's 0 to 4: more than 10^8 guesses, beyond what anybody tries against a slow hash and a lockout."""

HASHER = PasswordHasher()

_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$8oZf0jrYju3eXGtH+22zmA$o7bRKidkHT8bb1/grjlh68az0U0/jMLU0HnCZBL7cIA"
"""Of a password that nobody knows, with today's parameters: what is verified where there is no account."""


def normal(password: str) -> str:
    """The same on every keyboard: NFKC, as NIST SP 800-63B asks."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, about: tuple[str, ...]) -> None:
    """Whether it may be chosen; `about` are words that go with the account. Raises Refused with the reason."""
    password = normal(password)
    hint = f"{LEAST} characters or more, of any kind: three or four uncommon words are good"
    if len(password) < LEAST:
        raise Refused(f"the password has {len(password)} characters", reason="empty_password", hint=hint)
    if len(password) > MOST:
        raise Refused(f"the password has more than {MOST} characters", reason="malformed_password", hint=hint)
    # Its words take 12 MiB, and few processes ever see a password chosen.
    from zxcvbn import zxcvbn

    found = zxcvbn(password[:LOOKED_AT], user_inputs=[word for word in about if word])
    if found["score"] < ENOUGH:
        why = found["feedback"]["warning"].rstrip(".").lower() or "it is made of what is tried first"
        raise Refused(f"this password is easy to guess: {why}", reason="malformed_password", hint=hint)


def hashed(password: str) -> str:
    """A hash with its salt and parameters. Takes about a tenth of a second and 64 MiB, on purpose."""
    return HASHER.hash(normal(password))


def fits(password: str, kept: str) -> bool:
    """Whether it is the password of a hash; with "" (no account, no password) it takes as long and is not."""
    try:
        HASHER.verify(kept or _NOBODY, normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept)


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(kept)
