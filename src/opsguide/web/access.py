"""People & access: for admins, who has an account, and what each may."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from ..identity.accounts import Account
from ..identity.identity import Identity
from ..identity.permissions import PERMISSIONS, Role
from ..kernel.errors import OpsguideError, Refused
from .console import Console
from .gate import MeDep
from .people import bound, names_in
from .shell import Shell, ShellDep
from .sign_in import Asked, IdentityDep, Short

SHOWN = ("read", "respond", "operate", "send", "metrics", "administer")


class Adding(Struct, frozen=True):
    name: Short = ""
    shown: Short = ""
    person: Short = ""
    role: Short = ""
    team: Short = ""


class Describing(Struct, frozen=True):
    shown: Short = ""
    person: Short = ""


class Giving(Struct, frozen=True):
    """`role` "" takes it away; `team` "" is everywhere."""

    role: Short = ""
    team: Short = ""


class Confirmed(Struct, frozen=True):
    """The name, typed again."""

    name: Short = ""


class Resetting(Struct, frozen=True):
    """`second_factor` is "1" where that goes too."""

    second_factor: Short = ""


class Revoked(Struct, frozen=True):
    token: Short = ""


def role_of(text: str) -> Role | None:
    """A role by its name, None for "". Raises Refused."""
    if not text:
        return None
    if text not in Role.__members__:
        hint = f"roles: {', '.join(Role.__members__)}"
        raise Refused(f"there is no role {text[:80]}", reason="malformed_role", hint=hint)
    return Role[text]


def check_known(console: Console, person: str, team: str) -> None:
    """Whether the bindings know them. Raises Refused."""
    if person and person not in names_in(console.guide.bindings_text):
        raise Refused(
            f"the bindings name nobody {person}",
            reason="unknown_person",
            hint=f"add [people.{person}] to opsguide.toml, or leave it out",
        )
    if team and team not in _teams(console):
        hint = f"teams: {', '.join(_teams(console)) or 'none is bound'}"
        raise Refused(f"the bindings have no team {team}", reason="unknown_team", hint=hint)


def _teams(console: Console) -> Mapping[str, Any]:
    return bound(console).teams


@get("/people", needs="administer", include_in_schema=False)
async def accounts_page(shell: ShellDep, identity: IdentityDep) -> Response[str]:
    """Every account with its roles, and what a role allows."""
    return _list(shell, identity)


def _list(
    shell: Shell,
    identity: Identity,
    error: OpsguideError | None = None,
    data: Adding | None = None,
) -> Response[str]:
    return shell.render(
        "people.html",
        status=400 if error is not None else 200,
        here="/people",
        accounts=[(one, identity.accounts.roles(one.id)) for one in identity.accounts.all()],
        people=names_in(shell.console.guide.bindings_text),
        teams=list(_teams(shell.console)),
        roles=list(Role),
        permissions=[PERMISSIONS[name] for name in SHOWN],
        error=error,
        data=data or Adding(role="viewer"),
    )


@post("/people", needs="administer", include_in_schema=False)
async def add_account(
    request: Asked,
    data: URLEncodedBody[Adding],
    me: MeDep,
    shell: ShellDep,
    identity: IdentityDep,
) -> Response[str]:
    """The button Add: shows the link by which they choose a password."""
    try:
        role, team = role_of(data.role), data.team
        check_known(shell.console, data.person, team)
        if role is Role.admin and team:
            raise Refused("an admin is one everywhere", reason="malformed_role", hint="leave the team out")
        account = await identity.accounts.add(data.name, data.shown, data.person, me.actor)
    except Refused as error:
        return _list(shell, identity, error, data)
    if role is not None:
        await identity.accounts.give(account, role, team, me.actor)
    link = await identity.accounts.link(account, me.actor)
    return _one(shell, identity, account, link=_address(request, link))


@get("/people/{account:str}", needs="administer", include_in_schema=False)
async def account_page(account: FromPath[str], shell: ShellDep, identity: IdentityDep) -> Response[str]:
    """One account: roles, whom it acts for, sessions, tokens."""
    return _one(shell, identity, identity.accounts.get(account))


def _one(
    shell: Shell,
    identity: Identity,
    account: Account,
    *,
    link: str = "",
    error: OpsguideError | None = None,
) -> Response[str]:
    account = identity.accounts.get(account.id)
    return shell.render(
        "account.html",
        status=400 if error is not None else 200,
        here="/people",
        account=account,
        held=identity.accounts.roles(account.id),
        people=names_in(shell.console.guide.bindings_text),
        teams=list(_teams(shell.console)),
        roles=list(Role),
        sessions=identity.sessions.of(account.id),
        tokens=identity.tokens.of(account.id),
        link=link,
        error=error,
    )


def _address(request: Asked, link: str) -> str:
    """Where the admin met the service: others meet it there too."""
    return f"{request.base_url}set-up/{link}"


@post("/people/{account:str}/about", needs="administer", include_in_schema=False)
async def describe(
    account: FromPath[str],
    data: URLEncodedBody[Describing],
    me: MeDep,
    shell: ShellDep,
    identity: IdentityDep,
) -> Redirect:
    """The button Save."""
    found = identity.accounts.get(account)
    check_known(shell.console, data.person, "")
    await identity.accounts.describe(found, data.shown, data.person, me.actor)
    return _back(found)


@post("/people/{account:str}/role", needs="administer", include_in_schema=False)
async def give(
    account: FromPath[str],
    data: URLEncodedBody[Giving],
    me: MeDep,
    shell: ShellDep,
    identity: IdentityDep,
) -> Response[Any]:
    """The buttons Give and Take away."""
    found = identity.accounts.get(account)
    try:
        role = role_of(data.role)
        if role is not None:
            check_known(shell.console, "", data.team)
        await identity.accounts.give(found, role, data.team, me.actor)
    except Refused as error:
        return _one(shell, identity, found, error=error)
    return _back(found)


@post("/people/{account:str}/reset", needs="administer", include_in_schema=False)
async def reset(
    request: Asked,
    account: FromPath[str],
    data: URLEncodedBody[Resetting],
    me: MeDep,
    shell: ShellDep,
    identity: IdentityDep,
) -> Response[str]:
    """The button Make a link: sessions end, and they choose another password."""
    found = identity.accounts.get(account)
    link = await identity.reset(found, me.actor, second_factor=data.second_factor == "1")
    return _one(shell, identity, found, link=_address(request, link))


@post("/people/{account:str}/disable", needs="administer", include_in_schema=False)
async def disable(account: FromPath[str], me: MeDep, shell: ShellDep, identity: IdentityDep) -> Response[Any]:
    """The button Disable."""
    found = identity.accounts.get(account)
    try:
        await identity.accounts.disable(found, me.actor)
    except Refused as error:
        return _one(shell, identity, found, error=error)
    return _back(found)


@post("/people/{account:str}/enable", needs="administer", include_in_schema=False)
async def enable(account: FromPath[str], me: MeDep, identity: IdentityDep) -> Redirect:
    """The button Enable."""
    found = identity.accounts.get(account)
    await identity.accounts.enable(found, me.actor)
    return _back(found)


@post("/people/{account:str}/delete", needs="administer", include_in_schema=False)
async def delete(
    account: FromPath[str],
    data: URLEncodedBody[Confirmed],
    me: MeDep,
    shell: ShellDep,
    identity: IdentityDep,
) -> Response[Any]:
    """The button Delete, with the name typed."""
    found = identity.accounts.get(account)
    try:
        if data.name.strip().casefold() != found.name:
            raise Refused(
                f"type {found.name} to delete it", reason="malformed_name", hint="nothing was changed"
            )
        await identity.accounts.delete(found, me.actor)
    except Refused as error:
        return _one(shell, identity, found, error=error)
    return Redirect("/people", status_code=303)


@post("/people/{account:str}/tokens/revoke", needs="administer", include_in_schema=False)
async def revoke(
    account: FromPath[str], data: URLEncodedBody[Revoked], me: MeDep, identity: IdentityDep
) -> Redirect:
    """The button Revoke of somebody else's token."""
    found = identity.accounts.get(account)
    await identity.tokens.revoke(data.token, me.actor, found.id)
    return _back(found)


@post("/people/{account:str}/sessions/end", needs="administer", include_in_schema=False)
async def end_sessions(account: FromPath[str], me: MeDep, identity: IdentityDep) -> Redirect:
    """The button End all sessions."""
    found = identity.accounts.get(account)
    await identity.accounts.end_sessions(found, "ended", me.actor)
    return _back(found)


def _back(account: Account) -> Redirect:
    return Redirect(f"/people/{account.id}", status_code=303)


HANDLERS = (
    *(accounts_page, add_account, account_page, describe, give, reset, disable, enable, delete),
    *(revoke, end_sessions),
)
