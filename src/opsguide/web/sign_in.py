"""Signing in and out, the second factor's code, and one-time links that set up an account."""

from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ..identity.accounts import Account, Link, check_password, login_name
from ..identity.identity import Identity
from ..identity.permissions import Role
from ..identity.sessions import Opened, TooManyAttempts
from ..kernel.errors import OpsguideError, Refused
from .addresses import local_path
from .errors import NotFound
from .gate import Gate, GateDep
from .people import names_in
from .shell import Shell, ShellDep
from .typed import Address, Text, Typed, carried, sent

IdentityDep: TypeAlias = NamedDependency[SkipValidation[Identity]]
"""A handler's parameter `identity: IdentityDep` is who may do what."""

Asked: TypeAlias = Request[Any, Any, Any]
Short: TypeAlias = Annotated[str, Meta(max_length=1_000)]


class SignIn(Struct, frozen=True):
    """`next` is where to go on; `of` and `typed` are a form that was sent after the session had ended."""

    name: Short = ""
    password: Short = ""
    next: Short = "/"
    of: Address = ""
    typed: Text = ""

    def __repr__(self) -> str:
        return "SignIn"


class Code(Struct, frozen=True):
    """Six digits, or a recovery code; the rest as in `SignIn`."""

    code: Short = ""
    next: Short = "/"
    of: Address = ""
    typed: Text = ""


class Chosen(Struct, frozen=True):
    """What a one-time link asks for; names only where it makes the first admin."""

    password: Short = ""
    again: Short = ""
    name: Short = ""
    shown: Short = ""
    person: Short = ""

    def __repr__(self) -> str:
        return "Chosen"


@get("/sign-in", needs="open", include_in_schema=False)
async def sign_in_page(
    request: Asked,
    shell: ShellDep,
    identity: IdentityDep,
    next: FromQuery[str] = "/",  # noqa: A002
) -> Response[Any]:
    """Name and password; where nobody can sign in yet, how the first admin comes to be."""
    if shell.me is not None:
        return Redirect(local_path(next), status_code=303)
    return shell.render("sign_in.html", next=local_path(next), empty=not identity.accounts.has_admin())


@post("/sign-in", needs="open", include_in_schema=False)
async def sign_in(
    request: Asked, data: URLEncodedBody[SignIn], shell: ShellDep, identity: IdentityDep, gate: GateDep
) -> Response[Any]:
    """The button Sign in."""
    on, form = local_path(data.next), carried(data.of, data.typed)
    try:
        opened = await identity.sessions.sign_in(data.name, data.password, gate.client(request))
    except (Refused, TooManyAttempts) as error:
        empty = not identity.accounts.has_admin()
        return _again(shell, "sign_in.html", error, next=on, name=data.name, empty=empty, form=form)
    return _entered(request, gate, opened, _on(shell, opened, on, form))


@post("/sign-in/again", needs="open", include_in_schema=False)
async def sign_in_again(
    request: Asked,
    shell: ShellDep,
    identity: IdentityDep,
    of: FromQuery[str] = "/",
    next: FromQuery[str] = "/",  # noqa: A002
) -> Response[Any]:
    """Where a form ends up that was sent after the session had ended: the sign-in, with what was typed."""
    form, on = await sent(request, of), local_path(next)
    if shell.me is not None:
        return shell.render("again.html", next=on, form=form)
    return shell.render("sign_in.html", next=on, empty=not identity.accounts.has_admin(), form=form)


@get("/sign-in/code", needs="open", include_in_schema=False)
async def code_page(
    request: Asked,
    shell: ShellDep,
    identity: IdentityDep,
    gate: GateDep,
    next: FromQuery[str] = "/",  # noqa: A002
) -> Response[Any]:
    """The code of the second factor: after the password, or again before what only admins may."""
    both = identity.sessions.find(gate.cookie(request))
    if both is None or not both[1].totp:
        return Redirect(f"/sign-in?next={quote(local_path(next))}", status_code=303)
    return shell.render("code.html", next=local_path(next), again=not both[0].pending)


@post("/sign-in/code", needs="open", include_in_schema=False)
async def code(
    request: Asked, data: URLEncodedBody[Code], shell: ShellDep, identity: IdentityDep, gate: GateDep
) -> Response[Any]:
    """The button Confirm."""
    on, form, found = local_path(data.next), carried(data.of, data.typed), gate.cookie(request)
    try:
        opened = await identity.sessions.confirm(found, data.code, gate.client(request))
    except (Refused, TooManyAttempts) as error:
        return _again(shell, "code.html", error, next=on, again=shell.me is not None, form=form)
    return _entered(request, gate, opened, _on(shell, opened, on, form))


@post("/sign-out", needs="open", include_in_schema=False)
async def sign_out(request: Asked, identity: IdentityDep, gate: GateDep) -> Redirect:
    """The button Sign out."""
    found = gate.cookie(request)
    if found:
        await identity.sessions.sign_out(found)
    answer = Redirect("/sign-in", status_code=303)
    gate.forget(answer, request)
    return answer


@get("/set-up/{token:str}", needs="link", include_in_schema=False)
async def set_up_page(token: FromPath[str], shell: ShellDep, identity: IdentityDep) -> Response[str]:
    """A one-time link: the first admin, or a password for an account. Opening it uses nothing up."""
    return _set_up(shell, identity, _opened(identity, token), token)


@post("/set-up/{token:str}", needs="link", include_in_schema=False)
async def set_up(
    request: Asked,
    token: FromPath[str],
    data: URLEncodedBody[Chosen],
    shell: ShellDep,
    identity: IdentityDep,
    gate: GateDep,
) -> Response[Any]:
    """The button on it, once."""
    link = _opened(identity, token)
    try:
        account = await _made(identity, link, token, data)
    except (Refused, TooManyAttempts) as error:
        return _set_up(shell, identity, link, token, error, data)
    pending = bool(account.totp)
    opened = await identity.sessions.open(account, "link", gate.client(request), pending=pending)
    admin = Role.admin in identity.accounts.roles(account.id).values()
    on = "/profile/second-factor" if admin and not pending else "/"
    return _entered(request, gate, opened, _on(shell, opened, on, Typed()))


async def _made(identity: Identity, link: Link, token: str, data: Chosen) -> Account:
    """The account with its new password. Everything is checked before the link is used up. Raises Refused."""
    accounts = identity.accounts
    name = login_name(data.name) if link.account is None else link.account.name
    check_password(data.password, link.account, name)
    if data.password != data.again:
        raise Refused("the two passwords differ", reason="malformed_password", hint="type it twice")
    if link.account is None and accounts.named(name) is not None:
        raise Refused(f"there is an account {name} already", reason="taken_name", hint="choose another name")
    if not await accounts.use(token):
        raise _gone()
    account = link.account
    if account is None:
        account = await accounts.add(name, data.shown, data.person, "set-up link")
        await accounts.give(account, Role.admin, "", "set-up link")
    await accounts.choose_password(account, data.password, account.actor)
    return accounts.get(account.id)


def _opened(identity: Identity, token: str) -> Link:
    link = identity.accounts.opened(token)
    if link is None or (link.account is not None and link.account.disabled_at):
        raise _gone()
    return link


def _gone() -> NotFound:
    hint = (
        "an admin makes another one under People & access; on the machine itself: opsguide users reset NAME"
    )
    return NotFound("this link was used, has expired, or was never ours", where="/set-up/…", hint=hint)


def _on(shell: Shell, opened: Opened, on: str, form: Typed) -> Response[Any]:
    """On to where somebody wanted, to the code first, or to what they had typed."""
    if form.of:
        template = "code.html" if opened.pending else "again.html"
        return shell.render(template, next=on, again=False, form=form)
    return Redirect(f"/sign-in/code?next={quote(on)}" if opened.pending else on, status_code=303)


def _entered(request: Asked, gate: Gate, opened: Opened, answer: Response[Any]) -> Response[Any]:
    """The same answer with a new cookie."""
    gate.keep(answer, request, opened.secret)
    if not opened.pending:
        gate.know(answer, request, opened.account.name)
    return answer


def _again(shell: Shell, template: str, error: OpsguideError, **context: Any) -> Response[str]:
    """The same form with what was wrong."""
    answer = shell.render(template, status=401, error=error, **context)
    if isinstance(error, TooManyAttempts):
        answer.status_code = 429
        answer.headers["retry-after"] = str(round(error.wait))
    return answer


def _set_up(
    shell: Shell,
    identity: Identity,
    link: Link,
    token: str,
    error: OpsguideError | None = None,
    data: Chosen | None = None,
) -> Response[str]:
    people = names_in(shell.console.guide.bindings_text) if link.account is None else {}
    return shell.render(
        "set_up.html",
        status=400 if error is not None else 200,
        error=error,
        link=link,
        token=token,
        data=data or Chosen(),
        people=people,
    )


HANDLERS = (sign_in_page, sign_in, sign_in_again, code_page, code, sign_out, set_up_page, set_up)
