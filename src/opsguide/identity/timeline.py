"""Facts about accounts in plain words. Names come from the tables: once an account is erased, only its id is left."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..kernel.clock import rfc3339
from ..kernel.facts import Data, Recorded
from . import facts
from .facts import About, Place

Names: TypeAlias = Mapping[str, str]
Say: TypeAlias = Callable[[Recorded, Names], str]


def _of(words: Callable[[Any, str], str]) -> Say:
    """Words made of a fact's data and how its account is called."""

    def said(recorded: Recorded, names: Names) -> str:
        data: Any = recorded.fact.data
        account = data.account
        about = recorded.fact.personal
        shown = about.shown if isinstance(about, About) else names.get(account, account)
        return words(data, shown or "nobody's account") + _whence(recorded)

    return said


def _whence(recorded: Recorded) -> str:
    place = recorded.fact.personal
    return f", from {place.address}" if isinstance(place, Place) and place.address else ""


def _role(data: facts.RoleChanged, who: str) -> str:
    where = f" in {data.team}" if data.team else ""
    if not data.role:
        return f"{who} is no {data.before}{where} any more"
    return f"{who} is {data.role}{where}" + (f", was {data.before}" if data.before else "")


def _failed(data: facts.SignInFailed, who: str) -> str:
    more = f"; {data.untold} more before it" if data.untold else ""
    if not data.account:
        return f"A sign-in failed: there is no such account{more}"
    return f"A sign-in to {who} failed: {data.reason}{more}"


def _link(data: facts.LinkMade, who: str) -> str:
    if not data.account:
        return f"A link that makes the first admin, until {rfc3339(data.expires_at)}"
    return f"A link for {who} to choose a password, until {rfc3339(data.expires_at)}"


WORDS: Mapping[type[Data], Say] = {
    facts.AccountAdded: _of(lambda _, who: f"An account for {who}"),
    facts.AccountChanged: _of(lambda d, who: f"{who} acts as {d.person or 'nobody of the bindings'}"),
    facts.AccountDisabled: _of(lambda _, who: f"The account of {who} is disabled"),
    facts.AccountEnabled: _of(lambda _, who: f"The account of {who} is enabled"),
    facts.AccountDeleted: _of(lambda _, who: f"The account {who} is erased"),
    facts.RoleChanged: _of(_role),
    facts.LinkMade: _of(_link),
    facts.SignedIn: _of(lambda d, who: f"{who} signed in by {d.how}"),
    facts.SignInFailed: _of(_failed),
    facts.Locked: _of(lambda d, _: f"{d.failures} sign-ins failed: the next waits until {rfc3339(d.until)}"),
    facts.SignedOut: _of(lambda d, who: f"{d.sessions} of the sessions of {who} ended: {d.reason}"),
    facts.PasswordChanged: _of(lambda _, who: f"{who} has another password"),
    facts.SecondFactorAdded: _of(lambda _, who: f"{who} set up a second factor"),
    facts.SecondFactorRemoved: _of(lambda _, who: f"The second factor of {who} was removed"),
    facts.RecoveryCodesMade: _of(lambda d, who: f"{who} has {d.codes} new recovery codes"),
    facts.TokenMade: _of(lambda d, who: f"Token {d.token} of {who} for {', '.join(d.scopes)}"),
    facts.TokenUsed: _of(lambda d, who: f"Token {d.token} of {who} was used for the first time"),
    facts.TokenRevoked: _of(lambda d, who: f"Token {d.token} of {who} was revoked"),
}
