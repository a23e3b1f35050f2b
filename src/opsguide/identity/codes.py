"""The second factor: codes by time (RFC 6238) that count once, and recovery codes for a lost telephone."""

from functools import partial

import pyotp
import segno
from pyotp.exceptions import OTPVerificationError

from ..kernel.clock import Instant
from ..kernel.errors import Refused
from . import secret
from .accounts import Account
from .desk import Desk
from .facts import RecoveryCodesMade, SecondFactorAdded, SecondFactorRemoved
from .tables import Writing

WINDOW = 1
"""Steps of 30 s before and after that count too: telephones' clocks are off by some seconds."""

RECOVERY_CODES = 10
DIGITS = 6
_EXAMPLE = "A" * 32


def fresh() -> str:
    """A new shared secret, 160 bits in base32."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether it looks as `fresh` makes them."""
    return len(text) == len(_EXAMPLE) and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def address(totp: str, account: Account, service: str) -> str:
    """What an authenticator takes, as text in a QR code."""
    return pyotp.TOTP(totp).provisioning_uri(name=account.name, issuer_name=f"opsguide {service}")


def picture(uri: str) -> str:
    """The QR code as an SVG element, dark on light in every theme: cameras expect it so."""
    found: str = segno.make_qr(uri, error="m").svg_inline(scale=5, light="#fff", dark="#000", border=3)
    return found


def step_of(totp: str, code: str, now: Instant) -> int | None:
    """Which step of time a code is of, None where it is of none near now."""
    plain = secret.plain_code(code)
    if len(plain) != DIGITS or not (plain.isascii() and plain.isdecimal()):
        return None
    try:
        return pyotp.TOTP(totp).verify_and_get_timecode(plain, for_time=now // 1000, valid_window=WINDOW)
    except OTPVerificationError:
        return None


async def use(desk: Desk, account: Account, code: str) -> str | None:
    """Use a code up: "code" or "recovery code", None where it is wrong or was used. Of two at once, one counts."""
    if not account.totp:
        return None
    step = step_of(account.totp, code, desk.now())
    if step is not None:
        row = {"id": account.id, "step": step}
        return "code" if await desk.write(lambda writing: writing.do("use_step", row)) else None
    used = {"id": account.id, "digest": _digest(account.id, code)}
    return (
        "recovery code" if await desk.write(lambda writing: writing.do("use_recovery_code", used)) else None
    )


async def add(desk: Desk, account: Account, totp: str, code: str) -> list[str]:
    """Set up the second factor, proven by a code of it; the recovery codes, to be shown once. Raises Refused."""
    step = step_of(totp, code, desk.now())
    if step is None:
        raise Refused(
            "this code does not fit",
            reason="wrong_code",
            hint="enter the six digits that the authenticator shows now; its clock must be right",
        )
    await desk.say(SecondFactorAdded(account.id), account.actor)
    found = [secret.recovery_code() for _ in range(RECOVERY_CODES)]

    def added(writing: Writing) -> None:
        writing.do("set_totp", {"id": account.id, "totp": totp, "step": step})
        _keep(account.id, found, writing)

    await desk.write(added)
    return found


async def renew(desk: Desk, account: Account) -> list[str]:
    """Other recovery codes in place of those that are left, to be shown once."""
    await desk.say(RecoveryCodesMade(account.id, RECOVERY_CODES), account.actor)
    found = [secret.recovery_code() for _ in range(RECOVERY_CODES)]
    await desk.write(partial(_keep, account.id, found))
    return found


async def remove(desk: Desk, account: Account, by: str) -> None:
    """Take the second factor away."""
    await desk.say(SecondFactorRemoved(account.id), by)

    def removed(writing: Writing) -> None:
        writing.do("set_totp", {"id": account.id, "totp": "", "step": 0})
        writing.do("drop_recovery_codes", account.id)

    await desk.write(removed)


def _keep(account: str, found: list[str], writing: Writing) -> None:
    writing.do("drop_recovery_codes", account)
    for code in found:
        writing.do("add_recovery_code", {"id": account, "digest": _digest(account, code)})


def _digest(account: str, code: str) -> bytes:
    return secret.digest(f"{account} {secret.plain_code(code)}")
