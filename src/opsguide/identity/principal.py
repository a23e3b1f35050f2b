"""Who asks, and the one `authorize()`."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from ..kernel.errors import OpsguideError
from .permissions import PERMISSIONS, Role

Roles: TypeAlias = Mapping[str, Role]
"""Team → role in it; "" is everywhere."""


class NotSignedIn(OpsguideError):
    """Nobody is signed in, and that is needed."""


class NotAllowed(OpsguideError):
    """Who is signed in may not do this."""


class SecondFactorNeeded(OpsguideError):
    """An admin has to show the second factor first."""


class Principal(Struct, frozen=True, kw_only=True):
    """Who asks. `id` names the session or the token.

    `scopes` are None where nothing limits the roles. `strong`: the second factor was shown lately, without which an
    admin is an operator. `person` is the id of the bindings for whom the account acts, "" for none.
    """

    kind: Literal["session", "token", "local", "visitor"]
    roles: Roles
    account: str = ""
    shown: str = ""
    person: str = ""
    id: str = ""
    scopes: frozenset[str] | None = None
    strong: bool = False

    @property
    def stands_in(self) -> bool:
        """Says itself for whom it acts: who is at the machine itself, and the demo's visitor."""
        return self.kind in ("local", "visitor")

    @property
    def name(self) -> str:
        """As what it acts: a person of the bindings, else the account's opaque id, "" for none."""
        return self.person or self.account

    @property
    def actor(self) -> str:
        """As the ledger says it."""
        if self.person:
            return f"person:{self.person}"
        return f"account:{self.account}" if self.account else self.kind

    def role(self, team: str | None = "") -> Role | None:
        """The highest role in a team ("" everywhere, None in any); admin only with the second factor."""
        teams = self.roles if team is None else {"", team} & self.roles.keys()
        highest = max((self.roles[one] for one in teams), default=None)
        if highest is Role.admin and not self.strong:
            return Role.operator
        return highest

    def acting(self, by: str) -> tuple[str, str]:
        """As whom something is done, and the ledger's actor, where `by` was named ("" for none). Raises NotAllowed."""
        if self.stands_in:
            return by or self.kind, f"person:{by}" if by else self.kind
        if by and by not in (self.name, self.shown):
            raise NotAllowed(
                f"you are signed in as {self.shown}, and cannot act as {by}",
                where="by",
                hint="leave `by` out: what you do is yours",
            )
        return self.name, self.actor


def may(principal: Principal | None, permission: str, team: str = "") -> bool:
    """Whether `authorize` lets it pass."""
    return _refusal(principal, permission, team) is None


def authorize(principal: Principal | None, permission: str, team: str = "") -> None:
    """Lets pass who has the permission, in a team where one is named.

    Raises NotSignedIn, NotAllowed, SecondFactorNeeded.
    """
    refused = _refusal(principal, permission, team)
    if refused is not None:
        raise refused


def _refusal(principal: Principal | None, permission: str, team: str) -> OpsguideError | None:
    needed = PERMISSIONS[permission]
    if principal is None:
        return NotSignedIn(
            "you are not signed in", hint="sign in; programs send Authorization: Bearer and a token"
        )
    if principal.scopes is not None and not principal.scopes & needed.scopes:
        scopes = " or ".join(sorted(needed.scopes)) or "none: this is for a person who signed in"
        return NotAllowed(
            f"this token is not for that; the scope that is: {scopes}", hint="make another token"
        )
    within = team if team or not needed.of_a_team else None
    role = principal.role(within)
    if role is not None and role >= needed.least:
        return None
    highest = max((principal.roles[one] for one in principal.roles), default=None)
    if highest is Role.admin and needed.least is Role.admin:
        return SecondFactorNeeded(
            "an admin shows the second factor for this, and again after twelve hours",
            hint="set it up or enter its code, on your profile",
        )
    place = f" in {team}" if team else ""
    return NotAllowed(
        f"this needs the role {needed.least.name}{place}",
        hint=f"it may {needed.about}; an admin gives roles under People & access",
    )
