"""Signing in and out: passwords, second factors, and the sessions that come of them."""

import ipaddress
from functools import partial

from msgspec import Struct

from ..kernel.clock import Instant, after, seconds_between
from ..kernel.errors import OpsguideError, Refused
from . import codes, lockout, passwords, secret
from .accounts import Account, Accounts, fits, hashed
from .desk import Desk, log
from .facts import Locked, Place, SignedIn, SignedOut, SignInFailed
from .lockout import LIMITS, Failures, Kind
from .principal import Principal
from .tables import Writing

IDLE_SECONDS = 7 * 86_400.0
WHOLE_SECONDS = 30 * 86_400.0
"""Somebody who is woken once in a week is still signed in; after a month everybody signs in again."""

PENDING_SECONDS = FRESH_SECONDS = 600.0
STRONG_SECONDS = 12 * 3600.0
"""How long a second factor counts for what only admins may."""

TOUCH_SECONDS = 60.0
"""A session's last use is kept this exactly."""

TOLD_A_MINUTE = 30
"""Failures that become facts; more are counted and told with the next one."""

WAITING_AT_MOST = 20
WRONG = "the name or the password is wrong"
NOBODY = "anonymous"


class TooManyAttempts(OpsguideError):
    """Too many attempts failed: the next one has to wait."""

    def __init__(self, wait: float) -> None:
        super().__init__(
            f"too many attempts failed: wait {_spoken(wait)}, then try again",
            hint="an admin, or `opsguide users reset` on the machine itself, opens it sooner",
        )
        self.wait = wait


def _spoken(seconds: float) -> str:
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 90 else f"{-(-whole // 60)} min"


class Session(Struct, frozen=True):
    """A row, without what opens it."""

    id: str
    account: str
    made_at: Instant
    used_at: Instant
    strong_at: Instant
    pending: int
    address: str
    agent: str

    def counts(self, now: Instant) -> bool:
        if self.pending:
            return after(self.made_at, PENDING_SECONDS) > now
        return after(self.used_at, IDLE_SECONDS) > now and after(self.made_at, WHOLE_SECONDS) > now

    def is_strong(self, now: Instant) -> bool:
        return self.strong_at > 0 and after(self.strong_at, STRONG_SECONDS) > now


class Client(Struct, frozen=True):
    """Whence somebody signs in. `network` is what failures are counted by, `known` who signed in on this device before:
    digests of their names.
    """

    address: str
    agent: str = ""
    known: frozenset[str] = frozenset()

    @property
    def network(self) -> str:
        """An IPv6 client has at least a /64 of its own."""
        try:
            found = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address
        if isinstance(found, ipaddress.IPv6Address):
            return str(found.ipv4_mapped or ipaddress.ip_network((int(found), 64), strict=False))
        return str(found)


class Opened(Struct, frozen=True):
    """What a sign-in gives: the cookie's secret. `pending`: a code is needed still."""

    secret: str
    account: Account
    pending: bool


class Sessions:
    """One for the service."""

    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        self._desk, self._accounts = desk, accounts
        self._told: list[Instant] = []
        self._untold = 0
        self._waiting = 0

    # Who is it?

    def find(self, found: str) -> tuple[Session, Account] | None:
        """A session that counts, pending or not, by its secret."""
        if not secret.is_well_formed(found, secret.SESSION):
            return None
        row = self._desk.tables.one("session", secret.digest(found))
        if row is None:
            return None
        session = Session(*row)
        account = self._accounts.get(session.account)
        if account.disabled_at or not session.counts(self._desk.now()):
            return None
        return session, account

    def principal(self, found: str) -> Principal | None:
        """Who a session's secret says it is; None where it opens nothing, or a code is needed still."""
        both = self.find(found)
        if both is None or both[0].pending:
            return None
        session, account = both
        return Principal(
            kind="session",
            roles=self._accounts.roles(account.id),
            account=account.id,
            shown=account.shown,
            person=account.person,
            id=session.id,
            strong=bool(account.totp) and session.is_strong(self._desk.now()),
        )

    async def touch(self, found: str, used_at: Instant) -> None:
        """Remember that it was used."""
        now = self._desk.now()
        if seconds_between(used_at, now) >= TOUCH_SECONDS:
            row = {"digest": secret.digest(found), "now": now}
            await self._desk.write(lambda writing: writing.do("use_session", row))

    def of(self, account: str) -> list[Session]:
        """An account's sessions that count, last used first."""
        found = (Session(*row) for row in self._desk.tables.all("sessions_of", account))
        return [one for one in found if one.counts(self._desk.now())]

    # In

    async def sign_in(self, name: str, password: str, client: Client) -> Opened:
        """Name and password. Raises Refused in the same words and time for all that is wrong, TooManyAttempts."""
        name = name.strip().casefold()[:200]
        known = self._known(name, client)
        kinds = _kinds(name, known, client)
        account = self._accounts.named(name)
        locked = await self._attempt(kinds)
        fit = await self._fits(password[: passwords.MOST], account)
        if account is None or not fit or account.disabled_at:
            reason = (
                "unknown" if account is None else "disabled" if account.disabled_at and fit else "password"
            )
            await self._failed(account, reason, client, locked)
            raise Refused(WRONG, reason="wrong_password", hint="after some attempts there is a wait")
        await self._forgive(kinds)
        if passwords.is_outdated(account.password):
            row = {"id": account.id, "password": await hashed(password)}
            await self._desk.write(lambda writing: writing.do("set_password", row))
        return await self.open(account, "password", client, pending=bool(account.totp))

    async def confirm(self, found: str, code: str, client: Client) -> Opened:
        """A code of the second factor (or a recovery code) for a session; it goes on under another secret.

        Raises Refused, TooManyAttempts.
        """
        both = self.find(found)
        if both is None:
            raise Refused("this took too long", reason="empty_session", hint="sign in again")
        session, account = both
        how = await self.prove_code(account, code, client)
        await self._desk.write(lambda writing: writing.do("end_session", secret.digest(found)))
        return await self.open(account, how, client, strong=True, session=session)

    async def open(
        self,
        account: Account,
        how: str,
        client: Client,
        *,
        pending: bool = False,
        strong: bool = False,
        session: Session | None = None,
    ) -> Opened:
        """A new session; its id goes on where it takes the place of one that was no longer pending."""
        found, now = secret.fresh(secret.SESSION), self._desk.now()
        name = session.id if session is not None else secret.opaque("s")
        row = {
            "digest": secret.digest(found),
            "session": name,
            "id": account.id,
            "now": now,
            "strong": now if strong else 0,
            "pending": int(pending),
            "address": client.address,
            "agent": client.agent[:200],
        }
        await self._desk.write(partial(_opened, row))
        if not pending:
            await self._desk.mention(SignedIn(account.id, name, how), account.actor, Place(client.address))
        return Opened(found, account, pending)

    # Again

    async def prove(self, account: Account, password: str, client: Client) -> None:
        """That who is signed in knows the password. Raises Refused, TooManyAttempts."""
        kinds: dict[Kind, bytes] = {"code": lockout.key("code", account.id)}
        locked = await self._attempt(kinds)
        if not await self._fits(password[: passwords.MOST], account):
            await self._failed(account, "password", client, locked)
            raise Refused("the current password is wrong", reason="wrong_password")
        await self._forgive(kinds)

    async def prove_code(self, account: Account, code: str, client: Client) -> str:
        """That who is signed in has the second factor: how. Raises Refused, TooManyAttempts."""
        kinds: dict[Kind, bytes] = {"code": lockout.key("code", account.id)}
        locked = await self._attempt(kinds)
        how = await codes.use(self._desk, account, code)
        if how is None:
            await self._failed(account, "code", client, locked)
            raise Refused(
                "this code is wrong, or was used before",
                reason="wrong_code",
                hint="wait for the next one; if that fails too, look at the clock of the telephone",
            )
        await self._forgive(kinds)
        return how

    def is_fresh(self, session: str, account: str) -> bool:
        """Whether a session began a moment ago: who has just typed a password is not asked again."""
        now = self._desk.now()
        return any(one.id == session and after(one.made_at, FRESH_SECONDS) > now for one in self.of(account))

    # Out

    async def sign_out(self, found: str) -> None:
        """End the session of a secret."""
        both = self.find(found)
        ended = await self._desk.write(lambda writing: writing.do("end_session", secret.digest(found)))
        if both is not None and ended and not both[0].pending:
            account = both[1]
            await self._desk.mention(
                SignedOut(account.id, 1, "signed out"), account.actor, Place(both[0].address)
            )

    async def end(self, account: Account, session: str, by: str) -> None:
        """End one of an account's sessions. Raises Refused where there is none such."""
        row = {"id": account.id, "session": session}
        if not await self._desk.write(lambda writing: writing.do("end_session_of", row)):
            raise Refused("this session has ended already", reason="unknown_session")
        await self._desk.say(SignedOut(account.id, 1, "ended"), by)

    async def unlock(self, account: Account) -> None:
        """Forget what failed for its codes and for its name from everywhere."""
        found = [lockout.key("code", account.id), lockout.key("name", account.name)]
        await self._desk.write(lambda writing: [writing.do("drop_failure", one) for one in found])

    # Attempts

    @staticmethod
    def _known(name: str, client: Client) -> bool:
        return secret.digest(name).hex() in client.known

    async def _fits(self, password: str, account: Account | None) -> bool:
        if self._waiting >= WAITING_AT_MOST:
            raise TooManyAttempts(5)
        self._waiting += 1
        try:
            return await fits(password, account.password if account is not None else "")
        finally:
            self._waiting -= 1

    async def _attempt(self, kinds: dict[Kind, bytes]) -> Failures | None:
        """Count it as failed before it is looked at: many at once gain nothing. Raises TooManyAttempts.

        The failures that lock from now on, should it fail.
        """
        wait, locked = await self._desk.write(partial(_counted, kinds, self._desk.now()))
        if wait:
            raise TooManyAttempts(wait)
        return locked

    async def _forgive(self, kinds: dict[Kind, bytes]) -> None:
        def forgiven(writing: Writing) -> None:
            for kind, key in kinds.items():
                writing.do("forgive_failure" if kind in ("name", "address") else "drop_failure", key)

        await self._desk.write(forgiven)

    async def _failed(
        self, account: Account | None, reason: str, client: Client, locked: Failures | None
    ) -> None:
        """Facts, while there are not too many: an attacker must not fill the disk."""
        now, whose = self._desk.now(), account.id if account is not None else ""
        self._told = [one for one in self._told if seconds_between(one, now) < 60]
        log.info("sign-in failed (%s) for %s", reason, whose or "no account")
        if len(self._told) >= TOLD_A_MINUTE:
            self._untold += 1
            return
        self._told.append(now)
        untold, self._untold = self._untold, 0
        await self._desk.mention(SignInFailed(whose, reason, untold), NOBODY, Place(client.address))
        if locked is not None:
            await self._desk.mention(Locked(whose, locked.until, locked.count), NOBODY, Place(client.address))


def _kinds(name: str, known: bool, client: Client) -> dict[Kind, bytes]:
    """What an attempt counts against."""
    if known:
        return {"device": lockout.key("device", name, client.network)}
    return {
        "pair": lockout.key("pair", name, client.network),
        "name": lockout.key("name", name),
        "address": lockout.key("address", client.network),
    }


def _counted(kinds: dict[Kind, bytes], now: Instant, writing: Writing) -> tuple[float, Failures | None]:
    """(seconds to wait, None) where it must not be tried, else (0, the failures that lock from now on)."""
    writing.do("drop_old_failures", after(now, -lockout.FORGET_SECONDS))
    before = {kind: Failures(*(writing.one("failure", key) or ())) for kind, key in kinds.items()}
    until = max(one.until for one in before.values())
    if until > now:
        return seconds_between(now, until), None
    locked = None
    for kind, key in kinds.items():
        failures = before[kind].one_more(LIMITS[kind], now)
        row = {"digest": key, "count": failures.count, "now": now, "until": failures.until}
        writing.do("set_failure", row)
        if failures.until and (locked is None or failures.until > locked.until):
            locked = failures
    return 0.0, locked


def _opened(row: dict[str, object], writing: Writing) -> None:
    now = row["now"]
    assert isinstance(now, int)
    old = {"used": after(now, -IDLE_SECONDS), "made": after(now, -WHOLE_SECONDS)}
    writing.do("end_old_sessions", old | {"pending": after(now, -PENDING_SECONDS)})
    writing.do("add_session", row)
    if not row["pending"]:
        writing.do("signed_in", {"id": row["id"], "now": now})
