"""Accounts: who there is, what they may, and what an admin changes of them. Each change is a fact first."""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from ..kernel.clock import Instant, after
from ..kernel.errors import OpsguideError, Refused
from . import passwords, secret
from .desk import Desk
from .facts import (
    About,
    AccountAdded,
    AccountChanged,
    AccountDeleted,
    AccountDisabled,
    AccountEnabled,
    LinkMade,
    PasswordChanged,
    RoleChanged,
    SignedOut,
)
from .permissions import Role
from .tables import Writing

SET_UP, PASSWORD = "set-up", "password"
LINK_SECONDS = {SET_UP: 24 * 3600.0, PASSWORD: 72 * 3600.0}
MOST_SHOWN = 80
AT_ONCE = asyncio.Semaphore(2)
"""Each password that is hashed or verified takes 64 MiB."""

Change: TypeAlias = Callable[[Writing], Any]
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


class Account(Struct, frozen=True):
    """A row. `password` and `totp` are kept out of every print."""

    id: str
    name: str
    shown: str
    person: str
    password: str
    totp: str
    totp_step: int
    made_at: Instant
    signed_in_at: Instant
    disabled_at: Instant

    def __repr__(self) -> str:
        return f"Account({self.id})"

    @property
    def actor(self) -> str:
        return f"person:{self.person}" if self.person else f"account:{self.id}"


class Link(Struct, frozen=True):
    """What a one-time link is for; `account` is None where it makes the first admin."""

    kind: str
    account: Account | None


def login_name(typed: str) -> str:
    """As it is kept. Raises Refused where it cannot be a name."""
    name = typed.strip().casefold()
    if not _NAME.fullmatch(name):
        hint = "letters a to z, digits and . _ @ + -, at most 64: ana, or ana@example.com"
        raise Refused(f"{typed[:80]!r} cannot be a name to sign in with", reason="malformed_name", hint=hint)
    return name


class Accounts:
    """Reading is quick; every change takes who does it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # What there is

    def named(self, name: str) -> Account | None:
        row = self._desk.tables.one("account_named", name.strip().casefold())
        return Account(*row) if row is not None else None

    def get(self, account: str) -> Account:
        """Raises Refused where there is none of that id."""
        row = self._desk.tables.one("account", account)
        if row is None:
            hint = f"add it: opsguide users add {account} --role ROLE"
            raise Refused(
                f"there is no account {account}", reason="unknown_account", where=account, hint=hint
            )
        return Account(*row)

    def find(self, typed: str) -> Account:
        """By its id or its name. Raises Refused."""
        return self.named(typed) or self.get(typed)

    def all(self) -> list[Account]:
        return [Account(*row) for row in self._desk.tables.all("accounts")]

    def roles(self, account: str) -> dict[str, Role]:
        return {team: Role(role) for team, role in self._desk.tables.all("roles", account)}

    def names(self) -> Mapping[str, str]:
        """Id → shown name of those that act for no person of the bindings."""
        return dict(self._desk.tables.all("shown_names"))

    def has_admin(self) -> bool:
        return self._desk.tables.one("working_admins") is not None

    # Changes

    async def add(self, name: str, shown: str, person: str, by: str) -> Account:
        """An account that may nothing yet, and has no password. Raises Refused."""
        name, shown = login_name(name), _shown(shown) or name
        if self.named(name) is not None:
            raise Refused(f"there is an account {name} already", reason="taken_name", where=name)
        account, now = secret.opaque("a"), self._desk.now()
        await self._desk.say(AccountAdded(account, person), by, About(name, shown))
        row = {"id": account, "name": name, "shown": shown, "person": person, "now": now}
        await self._desk.write(lambda writing: writing.do("add_account", row))
        return self.get(account)

    async def describe(self, account: Account, shown: str, person: str, by: str) -> None:
        """Another shown name, another person for whom it acts."""
        shown = _shown(shown) or account.shown
        await self._desk.say(AccountChanged(account.id, person), by, About(account.name, shown))
        row = {"id": account.id, "shown": shown, "person": person}
        await self._desk.write(lambda writing: writing.do("set_about", row))

    async def give(self, account: Account, role: Role | None, team: str, by: str) -> None:
        """A role in a team ("" everywhere), None takes it away. Raises Refused for the last admin."""
        if role is Role.admin and team:
            raise Refused(
                "an admin is one everywhere",
                reason="malformed_role",
                hint="leave the team out, or make them operator of the team",
            )
        before = self.roles(account.id).get(team)
        if role is before:
            return
        if before is Role.admin:
            self._leave_an_admin(account)
        fact = RoleChanged(account.id, team, role.name if role else "", before.name if before else "")
        await self._desk.say(fact, by)
        row = {"id": account.id, "team": team} | ({"role": int(role)} if role else {})
        await self._changed(
            account, before, lambda writing: writing.do("set_role" if role else "drop_role", row)
        )

    async def disable(self, account: Account, by: str) -> None:
        """It opens nothing from now on. Raises Refused for the last admin."""
        self._leave_an_admin(account)
        await self._desk.say(AccountDisabled(account.id), by)
        now = self._desk.now()
        await self._changed(
            account, Role.admin, lambda writing: writing.do("disable", {"id": account.id, "now": now})
        )
        await self.end_sessions(account, "disabled", by)

    async def enable(self, account: Account, by: str) -> None:
        await self._desk.say(AccountEnabled(account.id), by)
        await self._desk.write(lambda writing: writing.do("disable", {"id": account.id, "now": 0}))

    async def delete(self, account: Account, by: str) -> None:
        """Its rows go, with all personal data of it. Raises Refused for the last admin."""
        self._leave_an_admin(account)
        await self._desk.say(AccountDeleted(account.id), by)
        await self._changed(account, Role.admin, lambda writing: writing.do("delete_account", account.id))

    async def end_sessions(self, account: Account, reason: str, by: str, but: str = "") -> int:
        """All of its sessions but one. How many there were."""
        row = {"id": account.id, "but": but}
        ended = await self._desk.write(lambda writing: writing.do("end_sessions_of", row))
        if ended:
            await self._desk.say(SignedOut(account.id, ended, reason), by)
        return ended

    def _leave_an_admin(self, account: Account) -> None:
        admins = [row[0] for row in self._desk.tables.all("working_admins")]
        if admins == [account.id]:
            raise Refused(
                f"{account.shown} is the last admin: nobody could administer opsguide any more",
                reason="last_admin",
                hint="make somebody else admin first",
            )

    async def _changed(self, account: Account, before: Role | None, change: Change) -> None:
        """Do it; where two take each other's role away at once, the second one is refused."""

        def checked(writing: Writing) -> None:
            was = writing.one("working_admins") is not None
            change(writing)
            if was and before is Role.admin and writing.one("working_admins") is None:
                raise _LastAdmin

        try:
            await self._desk.write(checked)
        except _LastAdmin:
            self._leave_an_admin(account)
            raise Refused("nobody could administer opsguide any more", reason="last_admin") from None

    # One-time links

    async def link(self, account: Account | None, by: str) -> str:
        """The secret of a new one-time link; older ones of the account count no more."""
        kind, found = (SET_UP if account is None else PASSWORD), secret.fresh(secret.LINK)
        now = self._desk.now()
        expires = after(now, LINK_SECONDS[kind])
        of = account.id if account is not None else None
        await self._desk.say(LinkMade(of or "", expires), by)

        def made(writing: Writing) -> None:
            writing.do("drop_links", {"id": of, "now": now})
            row = {"digest": secret.digest(found), "kind": kind, "id": of, "expires": expires}
            writing.do("add_link", row)

        await self._desk.write(made)
        return found

    def opened(self, found: str) -> Link | None:
        """What a link is for, None where it is none, expired, or was used. Looking uses nothing up."""
        row = self._desk.tables.one("link", secret.digest(found))
        if row is None or row[2] <= self._desk.now():
            return None
        kind, account, _ = row
        if kind == SET_UP and self.has_admin():
            return None
        return Link(kind, self.get(account) if account is not None else None)

    async def use(self, found: str) -> bool:
        """Use a link up. Of two at once, one gets True."""
        row = {"digest": secret.digest(found), "now": self._desk.now()}
        return await self._desk.write(lambda writing: writing.do("use_link", row)) == 1

    async def choose_password(self, account: Account, password: str, by: str, but: str = "") -> None:
        """Another password; every session but one ends. The password was checked."""
        await self._desk.say(PasswordChanged(account.id), by)
        row = {"id": account.id, "password": await hashed(password)}
        await self._desk.write(lambda writing: writing.do("set_password", row))
        await self.end_sessions(account, "password changed", by, but)


class _LastAdmin(OpsguideError):
    """The change is taken back."""

    def __init__(self) -> None:
        super().__init__("nobody could administer any more")


def _shown(typed: str) -> str:
    """Without what cannot be seen; "" where nothing is left."""
    seen = "".join(one for one in typed if one.isprintable() or one.isspace())
    return " ".join(seen.split())[:MOST_SHOWN]


async def hashed(password: str) -> str:
    """The hash of a password, made in a thread."""
    async with AT_ONCE:
        return await asyncio.to_thread(passwords.hashed, password)


async def fits(password: str, kept: str) -> bool:
    """Whether it is the password of a hash, looked at in a thread; "" takes as long and is not."""
    async with AT_ONCE:
        return await asyncio.to_thread(passwords.fits, password, kept)


def check_password(password: str, account: Account | None, name: str = "") -> None:
    """Whether it may be chosen for an account. Raises Refused."""
    about = (account.name, account.shown, account.person) if account is not None else (name,)
    passwords.check(password, (*about, "opsguide"))
