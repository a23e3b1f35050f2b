"""Accounts and tokens, for admins and for the command line on the machine itself."""

from typing import Annotated, Literal, TypeAlias

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from ...identity.accounts import Account
from ...identity.identity import Identity
from ...identity.permissions import Role, Scope
from ...identity.principal import NotAllowed
from ...identity.tokens import Token
from ...kernel.clock import rfc3339
from ...kernel.errors import Refused
from ..access import check_known, role_of
from ..gate import Gate, GateDep, MeDep
from ..pages import ConsoleDep
from ..sign_in import IdentityDep
from .answers import SAYS_SOMETHING, Asked, Listing, PagingDep, conditional, content_tag, later
from .description import refused

TAGS = ["access"]
Text: TypeAlias = Annotated[str, Meta(max_length=80)]
RoleName: TypeAlias = Literal["viewer", "responder", "operator", "admin"]
Login: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$")]
UNKNOWN = {404: "There is no such account (`unknown_account`), person or team of the bindings"}
TAKEN = {409: "There is an account of that name (`taken_name`)"}
FULL = {
    409: "The account has too many tokens (`too_many`), or the second factor is missing (`needs_second_factor`)"
}
LAST = {409: "Nobody could administer any more (`last_admin`)"}


class MeStatus(Struct, frozen=True):
    """Who asks: `kind` is session, token, local (the machine itself) or visitor; `roles` go by team ("" everywhere)."""

    kind: str
    name: str
    person: str
    roles: dict[str, str]
    scopes: tuple[str, ...] | None


class AccountStatus(Struct, frozen=True):
    """`roles` go by team, "" is everywhere. `state` is open, invited (no password chosen yet) or disabled."""

    id: str
    name: str
    shown: str
    person: str
    roles: dict[str, str]
    state: str
    second_factor: bool
    signed_in_at: str | None


class Accounts(Listing, frozen=True, kw_only=True):
    """Every account, by name."""

    items: tuple[AccountStatus, ...]


class NewAccount(Struct, frozen=True):
    """`person` is one of the bindings, for whom it acts; `role` is given in `team`, "" everywhere."""

    name: Login
    shown: Text = ""
    person: Text = ""
    role: RoleName = "viewer"
    team: Text = ""


class Giving(Struct, frozen=True):
    """`role` "" takes away the one in the team; `team` "" is everywhere."""

    role: RoleName | Literal[""]
    team: Text = ""


class Resetting(Struct, frozen=True):
    """Whether the second factor goes too."""

    second_factor: bool = False


class Invited(Struct, frozen=True):
    """A one-time link: by it a password is chosen, or the first admin made. `url` is where people open it, by
    `serve.url`; "" where only the caller knows the address that comes before `path`.
    """

    account: str
    path: str
    url: str


class TokenStatus(Struct, frozen=True):
    """A token, without what opens it."""

    id: str
    account: str
    label: str
    scopes: tuple[str, ...]
    made_at: str
    expires_at: str
    used_at: str | None


class Tokens(Listing, frozen=True, kw_only=True):
    """Every token, the newest first."""

    items: tuple[TokenStatus, ...]


class NewToken(Struct, frozen=True):
    """Whose, for what, for how long. `account` is a name or an id; left out, the one who asks."""

    label: Annotated[str, Meta(max_length=80, extra_json_schema=SAYS_SOMETHING)]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=10)]
    days: Annotated[int, Meta(ge=1, le=366)] = 90
    account: Text = ""


class MadeToken(Struct, frozen=True):
    """`secret` is not to be had again."""

    token: TokenStatus
    secret: str


@get("/api/v1/me", needs="known", tags=TAGS, summary="Who asks")
async def me(request: Asked, me: MeDep) -> Response[MeStatus]:
    """As whom a token or a session acts, and what it may."""
    roles = {team: role.name for team, role in me.roles.items()}
    scopes = None if me.scopes is None else tuple(sorted(me.scopes))
    body = MeStatus(me.kind, me.shown, me.person, roles, scopes)
    return conditional(request, content_tag(body), lambda: body)


@get("/api/v1/accounts", needs="administer", tags=TAGS, summary="List accounts")
async def accounts(paging: PagingDep, identity: IdentityDep) -> Response[Accounts]:
    """Who can sign in, as whom they act, with which roles."""
    rest = later(identity.accounts.all(), paging.after(str), lambda one: one.name)
    items, following = paging.page(rest, lambda one: one.name)
    body = Accounts(items=tuple(_account(identity, one) for one in items), next=following)
    return paging.answer(content_tag(body), lambda: body)


@post(
    "/api/v1/accounts",
    needs="administer",
    tags=TAGS,
    summary="Add an account",
    responses=refused(UNKNOWN | TAKEN),
)
async def add_account(
    data: JSONBody[NewAccount], me: MeDep, console: ConsoleDep, identity: IdentityDep, gate: GateDep
) -> Invited:
    """The link in the answer counts once, for three days: by it they choose a password themselves."""
    role = role_of(data.role)
    check_known(console, data.person, data.team)
    if role is Role.admin and data.team:
        raise Refused("an admin is one everywhere", reason="malformed_role", hint="leave the team out")
    account = await identity.accounts.add(data.name, data.shown, data.person, me.actor)
    if role is not None:
        await identity.accounts.give(account, role, data.team, me.actor)
    return _invited(gate, account.id, await identity.accounts.link(account, me.actor))


@post(
    "/api/v1/accounts/{account:str}/role",
    needs="administer",
    tags=TAGS,
    status_code=200,
    summary="Give a role",
    responses=refused(UNKNOWN | LAST),
)
async def give(
    account: FromPath[str], data: JSONBody[Giving], me: MeDep, console: ConsoleDep, identity: IdentityDep
) -> AccountStatus:
    """Give a role in a team or everywhere, or take it away."""
    found, role = identity.accounts.find(account), role_of(data.role)
    if role is not None:
        check_known(console, "", data.team)
    await identity.accounts.give(found, role, data.team, me.actor)
    return _account(identity, found)


@post(
    "/api/v1/accounts/{account:str}/reset",
    needs="administer",
    tags=TAGS,
    status_code=200,
    summary="Let them choose another password",
    responses=refused(UNKNOWN),
)
async def reset(
    account: FromPath[str], data: JSONBody[Resetting], me: MeDep, identity: IdentityDep, gate: GateDep
) -> Invited:
    """Sessions end, what locked the account goes, and the link in the answer counts once."""
    found = identity.accounts.find(account)
    link = await identity.reset(found, me.actor, second_factor=data.second_factor)
    return _invited(gate, found.id, link)


@post(
    "/api/v1/accounts/{account:str}/disable",
    needs="administer",
    tags=TAGS,
    status_code=200,
    summary="Disable an account",
    responses=refused(UNKNOWN | LAST),
)
async def disable(account: FromPath[str], me: MeDep, identity: IdentityDep) -> AccountStatus:
    """It opens nothing any more."""
    found = identity.accounts.find(account)
    await identity.accounts.disable(found, me.actor)
    return _account(identity, found)


@post(
    "/api/v1/accounts/{account:str}/enable",
    needs="administer",
    tags=TAGS,
    status_code=200,
    summary="Enable an account",
    responses=refused(UNKNOWN),
)
async def enable(account: FromPath[str], me: MeDep, identity: IdentityDep) -> AccountStatus:
    """It opens again what its roles allow."""
    found = identity.accounts.find(account)
    await identity.accounts.enable(found, me.actor)
    return _account(identity, found)


@post(
    "/api/v1/accounts/{account:str}/delete",
    needs="administer",
    tags=TAGS,
    status_code=200,
    summary="Delete an account",
    responses=refused(UNKNOWN | LAST),
)
async def delete(account: FromPath[str], me: MeDep, identity: IdentityDep) -> AccountStatus:
    """Its rows are erased; what it did stays on the ledger, under an id that leads to nobody."""
    found = identity.accounts.find(account)
    was = _account(identity, found)
    await identity.accounts.delete(found, me.actor)
    return was


@post(
    "/api/v1/set-up-link",
    needs="administer",
    tags=TAGS,
    summary="A link that makes the first admin",
    responses=refused({409: "There is an admin already (`has_admin`)"}),
)
async def set_up_link(identity: IdentityDep, gate: GateDep) -> Invited:
    """For the machine itself, while nobody can administer; it counts once, for a day."""
    link = await identity.set_up_link()
    if not link:
        hint = "locked out? opsguide users reset NAME"
        raise Refused("there is an admin already", reason="has_admin", hint=hint)
    return _invited(gate, "", link)


@get("/api/v1/tokens", needs="administer", tags=TAGS, summary="List tokens")
async def tokens(paging: PagingDep, identity: IdentityDep) -> Response[Tokens]:
    """What programs use, whose it is, and when it was used last."""
    rest = later(identity.tokens.all(), paging.after(tuple[int, str]), _place)
    items, following = paging.page(rest, _place)
    body = Tokens(items=tuple(_token(one) for one in items), next=following)
    return paging.answer(content_tag(body), lambda: body)


@post(
    "/api/v1/tokens", needs="administer", tags=TAGS, summary="Make a token", responses=refused(UNKNOWN | FULL)
)
async def make_token(data: JSONBody[NewToken], me: MeDep, identity: IdentityDep) -> MadeToken:
    """It may what its scopes say, and never more than its owner."""
    if not (data.account or me.account):
        raise NotAllowed("a token belongs to an account", where="account", hint="name whose it is")
    account = identity.accounts.find(data.account or me.account)
    token, secret = await identity.tokens.make(account, data.label, data.scopes, data.days, me)
    return MadeToken(_token(token), secret)


@post(
    "/api/v1/tokens/{token:str}/revoke",
    needs="administer",
    tags=TAGS,
    status_code=200,
    summary="Revoke a token",
    responses=refused({404: "There is no such token (`unknown_token`)"}),
)
async def revoke_token(token: FromPath[str], me: MeDep, identity: IdentityDep) -> TokenStatus:
    """It counts no more, from this moment on."""
    return _token(await identity.tokens.revoke(token, me.actor))


def _invited(gate: Gate, account: str, link: str) -> Invited:
    path, public = f"/set-up/{link}", gate.public
    return Invited(account, path, f"{public}{path}" if public else "")


def _account(identity: Identity, account: Account) -> AccountStatus:
    account = identity.accounts.get(account.id)
    state = "disabled" if account.disabled_at else "open" if account.password else "invited"
    return AccountStatus(
        account.id,
        account.name,
        account.shown,
        account.person,
        {team: role.name for team, role in identity.accounts.roles(account.id).items()},
        state,
        bool(account.totp),
        rfc3339(account.signed_in_at) if account.signed_in_at else None,
    )


def _place(token: Token) -> tuple[int, str]:
    return -token.made_at, token.id


def _token(token: Token) -> TokenStatus:
    return TokenStatus(
        token.id,
        token.account,
        token.label,
        tuple(token.scopes.split()),
        rfc3339(token.made_at),
        rfc3339(token.expires_at),
        rfc3339(token.used_at) if token.used_at else None,
    )


HANDLERS = (
    *(me, accounts, add_account, give, reset, disable, enable, delete, set_up_link),
    *(tokens, make_token, revoke_token),
)
