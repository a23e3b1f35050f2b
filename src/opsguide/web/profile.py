"""One's own account: password, second factor, sessions and tokens."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from litestar import Response, get, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Struct

from ..identity import codes
from ..identity.accounts import Account, check_password
from ..identity.identity import Identity
from ..identity.permissions import ABOUT_SCOPES, PERMISSIONS, Role
from ..identity.principal import NotAllowed, Principal
from ..identity.sessions import TooManyAttempts
from ..identity.tokens import Token
from ..kernel.errors import OpsguideError, Refused
from .gate import GateDep, MeDep
from .shell import Shell, ShellDep
from .sign_in import Asked, IdentityDep, Short

TOKEN_DAYS = (7, 30, 90, 365)
Wrong: TypeAlias = OpsguideError | None


class NewPassword(Struct, frozen=True):
    current: Short = ""
    password: Short = ""
    again: Short = ""

    def __repr__(self) -> str:
        return "NewPassword"


class Factor(Struct, frozen=True):
    """A new second factor: its secret as the page showed it, a code of it, and the password."""

    totp: Short = ""
    code: Short = ""
    current: Short = ""

    def __repr__(self) -> str:
        return "Factor"


class Proof(Struct, frozen=True):
    """A code of the second factor."""

    code: Short = ""


class Ending(Struct, frozen=True):
    """Which session; empty: all but this one."""

    session: Short = ""


class NewToken(Struct, frozen=True):
    """Boxes that are ticked come as one value or as several."""

    label: Short = ""
    scopes: str | list[str] = ()  # type: ignore[assignment]
    days: int = 30

    @property
    def chosen(self) -> list[str]:
        return [self.scopes] if isinstance(self.scopes, str) else list(self.scopes)


class Revoking(Struct, frozen=True):
    token: Short = ""


def mine(me: Principal, identity: Identity) -> Account:
    """The account of who asks. Raises NotAllowed for who has none."""
    if not me.account:
        hint = "opsguide serve without --visitor has accounts; the first start prints a link that makes one"
        raise NotAllowed("this is not an account: there is nothing of it to change", hint=hint)
    return identity.accounts.get(me.account)


@get("/profile", needs="self", include_in_schema=False)
async def profile_page(me: MeDep, shell: ShellDep, identity: IdentityDep) -> Response[str]:
    """What one may, and what is open in one's name."""
    return _profile(me, shell, identity)


def _profile(
    me: Principal, shell: Shell, identity: Identity, *, status: int = 200, **more: Any
) -> Response[str]:
    account = identity.accounts.get(me.account) if me.account else None
    return shell.render(
        "profile.html",
        status=status,
        here="/profile",
        account=account,
        roles=me.roles,
        powers=_powers(me),
        sessions=identity.sessions.of(account.id) if account is not None else [],
        tokens=identity.tokens.of(account.id) if account is not None else [],
        recovery=identity.recovery_codes(account.id) if account is not None else 0,
        scopes=ABOUT_SCOPES,
        days=TOKEN_DAYS,
        **{"wrong_password": None, "wrong_token": None, "made": None} | more,
    )


def _powers(me: Principal) -> Sequence[str]:
    """What the roles allow, in words."""
    highest = me.role(None) or 0
    shown = ("read", "respond", "operate", "administer")
    return [PERMISSIONS[one].about for one in shown if PERMISSIONS[one].least <= highest]


@post("/profile/password", needs="self", include_in_schema=False)
async def password(
    request: Asked,
    data: URLEncodedBody[NewPassword],
    me: MeDep,
    shell: ShellDep,
    identity: IdentityDep,
    gate: GateDep,
) -> Response[Any]:
    """The button Change password: every other session ends, and this one goes on under another secret."""
    account = mine(me, identity)
    try:
        await identity.sessions.prove(account, data.current, gate.client(request))
        check_password(data.password, account)
        if data.password != data.again:
            raise Refused("the two passwords differ", reason="malformed_password", hint="type it twice")
    except (Refused, TooManyAttempts) as error:
        return _profile(me, shell, identity, status=400, wrong_password=error)
    await identity.accounts.choose_password(account, data.password, me.actor)
    opened = await identity.sessions.open(
        identity.accounts.get(account.id), "password", gate.client(request), strong=me.strong
    )
    answer = Redirect("/profile?done=password", status_code=303)
    gate.keep(answer, request, opened.secret)
    return answer


@get("/profile/second-factor", needs="self", include_in_schema=False)
async def factor_page(me: MeDep, shell: ShellDep, identity: IdentityDep) -> Response[Any]:
    """A new one to scan; where there is one, its code opens what only admins may."""
    if me.account and identity.accounts.get(me.account).totp:
        return Redirect("/sign-in/code?next=/profile", status_code=303)
    return _factor(me, shell, identity, codes.fresh())


def _factor(me: Principal, shell: Shell, identity: Identity, totp: str, error: Wrong = None) -> Response[str]:
    if not me.account:
        return _profile(me, shell, identity)
    account = identity.accounts.get(me.account)
    uri = codes.address(totp, account, shell.service)
    return shell.render(
        "second_factor.html",
        status=400 if error is not None else 200,
        here="/profile",
        totp=totp,
        picture=Markup(codes.picture(uri)),
        uri=uri,
        error=error,
        asks=not identity.sessions.is_fresh(me.id, account.id),
        admin=Role.admin in me.roles.values(),
    )


@post("/profile/second-factor", needs="self", include_in_schema=False)
async def factor(
    request: Asked,
    data: URLEncodedBody[Factor],
    me: MeDep,
    shell: ShellDep,
    identity: IdentityDep,
    gate: GateDep,
) -> Response[Any]:
    """The button Turn on: shows the recovery codes, once."""
    account = mine(me, identity)
    try:
        if account.totp:
            raise Refused(
                "there is a second factor already", reason="has_second_factor", hint="remove it first"
            )
        if not codes.is_secret(data.totp):
            raise Refused("this page is out of date", reason="malformed_secret", hint="load it again")
        if not identity.sessions.is_fresh(me.id, account.id):
            await identity.sessions.prove(account, data.current, gate.client(request))
        shown = await codes.add(identity.desk, account, data.totp, data.code)
    except (Refused, TooManyAttempts) as error:
        totp = data.totp if codes.is_secret(data.totp) else codes.fresh()
        return _factor(me, shell, identity, totp, error)
    answer = _shown(shell, shown, added=True)
    await identity.accounts.end_sessions(account, "second factor added", me.actor)
    opened = await identity.sessions.open(
        identity.accounts.get(account.id), "code", gate.client(request), strong=True
    )
    gate.keep(answer, request, opened.secret)
    return answer


@post("/profile/recovery-codes", needs="self", include_in_schema=False)
async def recovery_codes(
    request: Asked,
    data: URLEncodedBody[Proof],
    me: MeDep,
    shell: ShellDep,
    identity: IdentityDep,
    gate: GateDep,
) -> Response[str]:
    """The button New recovery codes: shows them, once; older ones count no more."""
    account = mine(me, identity)
    try:
        await identity.sessions.prove_code(account, data.code, gate.client(request))
    except (Refused, TooManyAttempts) as error:
        return _profile(me, shell, identity, status=400, wrong_code=error)
    return _shown(shell, await codes.renew(identity.desk, account), added=False)


@post("/profile/second-factor/remove", needs="self", include_in_schema=False)
async def remove_factor(
    request: Asked,
    data: URLEncodedBody[Proof],
    me: MeDep,
    shell: ShellDep,
    identity: IdentityDep,
    gate: GateDep,
) -> Response[Any]:
    """The button Remove: an admin is an operator from then on."""
    account = mine(me, identity)
    try:
        await identity.sessions.prove_code(account, data.code, gate.client(request))
    except (Refused, TooManyAttempts) as error:
        return _profile(me, shell, identity, status=400, wrong_code=error)
    await codes.remove(identity.desk, account, me.actor)
    return Redirect("/profile", status_code=303)


def _shown(shell: Shell, found: list[str], *, added: bool) -> Response[str]:
    return shell.render("recovery_codes.html", here="/profile", codes=found, added=added)


@post("/profile/sessions/end", needs="self", include_in_schema=False)
async def end_session(data: URLEncodedBody[Ending], me: MeDep, identity: IdentityDep) -> Redirect:
    """The buttons End, and Sign out everywhere else."""
    account = mine(me, identity)
    if data.session:
        await identity.sessions.end(account, data.session, me.actor)
    else:
        await identity.accounts.end_sessions(account, "ended", me.actor, but=me.id)
    return Redirect("/profile", status_code=303)


@post("/profile/tokens", needs="self", include_in_schema=False)
async def make_token(
    data: URLEncodedBody[NewToken], me: MeDep, shell: ShellDep, identity: IdentityDep
) -> Response[str]:
    """The button Make token: shows it, once."""
    account = mine(me, identity)
    try:
        made: tuple[Token, str] = await identity.tokens.make(account, data.label, data.chosen, data.days, me)
    except Refused as error:
        return _profile(
            me,
            shell,
            identity,
            status=400,
            wrong_token=error,
            typed={"label": data.label, "chosen": data.chosen},
        )
    return _profile(me, shell, identity, status=201, made=made)


@post("/profile/tokens/revoke", needs="self", include_in_schema=False)
async def revoke_token(data: URLEncodedBody[Revoking], me: MeDep, identity: IdentityDep) -> Redirect:
    """The button Revoke."""
    account = mine(me, identity)
    await identity.tokens.revoke(data.token, me.actor, account.id)
    return Redirect("/profile", status_code=303)


HANDLERS = (
    *(profile_page, password, factor_page, factor, recovery_codes, remove_factor),
    *(end_session, make_token, revoke_token),
)
