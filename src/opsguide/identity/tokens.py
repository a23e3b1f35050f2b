"""API tokens: shown once, kept as digests, for what their scopes say, and never for more than their owner may."""

from collections.abc import Sequence
from functools import partial
from typing import get_args

from msgspec import Struct

from ..kernel.clock import Instant, after, seconds_between
from ..kernel.errors import Refused
from . import secret
from .accounts import Account, Accounts
from .desk import Desk
from .facts import TokenMade, TokenRevoked, TokenUsed
from .permissions import Scope
from .principal import Principal
from .sessions import TOUCH_SECONDS
from .tables import Writing

SCOPES: tuple[str, ...] = get_args(Scope)
LONGEST_DAYS = 366
MOST_OF_ONE = 50


class Token(Struct, frozen=True):
    """A row, without what opens it."""

    id: str
    account: str
    label: str
    scopes: str
    made_at: Instant
    expires_at: Instant
    used_at: Instant

    def counts(self, now: Instant) -> bool:
        return self.expires_at > now


class Tokens:
    """One for the service."""

    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        self._desk, self._accounts = desk, accounts

    def find(self, found: str) -> tuple[Token, Principal] | None:
        """A token that counts, by its secret, and who it says it is: its owner, within its scopes."""
        if not secret.is_well_formed(found, secret.TOKEN):
            return None
        row = self._desk.tables.one("token", secret.digest(found))
        if row is None:
            return None
        token = Token(*row)
        account = self._accounts.get(token.account)
        if account.disabled_at or not token.counts(self._desk.now()):
            return None
        principal = Principal(
            kind="token",
            roles=self._accounts.roles(account.id),
            account=account.id,
            shown=account.shown,
            person=account.person,
            id=token.id,
            scopes=frozenset(token.scopes.split()),
            strong=bool(account.totp),
        )
        return token, principal

    async def touch(self, token: Token) -> None:
        """Remember that it was used; the first time is a fact."""
        now = self._desk.now()
        if token.used_at and seconds_between(token.used_at, now) < TOUCH_SECONDS:
            return
        await self._desk.write(lambda writing: writing.do("use_token", {"token": token.id, "now": now}))
        if not token.used_at:
            await self._desk.mention(TokenUsed(token.id, token.account), f"token:{token.id}")

    def of(self, account: str) -> list[Token]:
        return [Token(*row) for row in self._desk.tables.all("tokens_of", account)]

    def all(self) -> list[Token]:
        return [Token(*row) for row in self._desk.tables.all("tokens")]

    async def make(
        self, account: Account, label: str, scopes: Sequence[str], days: int, by: Principal
    ) -> tuple[Token, str]:
        """A new one and its secret, which is not to be had again. Raises Refused."""
        label, now = " ".join(label.split())[:80], self._desk.now()
        _check(label, scopes, days, by)
        if len(self.of(account.id)) >= MOST_OF_ONE:
            raise Refused(f"{account.shown} has {MOST_OF_ONE} tokens", reason="too_many", hint="revoke some")
        found, token = secret.fresh(secret.TOKEN), secret.opaque("t")
        expires = after(now, days * 86_400.0)
        chosen = tuple(one for one in SCOPES if one in scopes)
        await self._desk.say(TokenMade(token, account.id, chosen, expires), by.actor)
        row = {
            "digest": secret.digest(found),
            "token": token,
            "id": account.id,
            "label": label,
            "scopes": " ".join(chosen),
            "now": now,
            "expires": expires,
        }
        await self._desk.write(partial(_added, row))
        return Token(token, account.id, label, " ".join(chosen), now, expires, 0), found

    async def revoke(self, token: str, by: str, account: str = "") -> Token:
        """It counts no more; what it was. Raises Refused where there is none of that id (and account, if named)."""
        row = self._desk.tables.one("token_by_id", token)
        if row is None or (account and row[1] != account):
            raise Refused(f"there is no token {token}", reason="unknown_token", where=token)
        await self._desk.say(TokenRevoked(token, row[1]), by)
        await self._desk.write(lambda writing: writing.do("drop_token", token))
        return Token(*row)


def _added(row: dict[str, object], writing: Writing) -> None:
    writing.do("add_token", row)


def _check(label: str, scopes: Sequence[str], days: int, by: Principal) -> None:
    if not label:
        raise Refused("the token has no name", reason="empty_label", hint="name what will use it")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        what = f"there is no scope {unknown[0]}" if unknown else "the token has no scope"
        raise Refused(what, reason="malformed_scope", hint=f"choose of {', '.join(SCOPES)}")
    if not 1 <= days <= LONGEST_DAYS:
        hint = f"from 1 day to {LONGEST_DAYS}"
        raise Refused(f"a token does not last {days} days", reason="malformed_days", hint=hint)
    if "admin" in scopes and not (by.stands_in or by.strong):
        hint = "enter the code of your second factor first"
        raise Refused(
            "a token for administering needs the second factor", reason="needs_second_factor", hint=hint
        )
