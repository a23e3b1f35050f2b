"""Roles, and what each permission needs: the one table. A route names its permission (`needs="respond"`).

`docs/how-to/accounts.md` says the same for users.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Literal, TypeAlias, get_args

from msgspec import Struct


class Role(IntEnum):
    """Each role may all that those before it may. The value orders them, the name is what users meet."""

    viewer = 1
    responder = 2
    operator = 3
    admin = 4


Scope: TypeAlias = Literal[
    "read", "metrics:read", "metrics:write", "incidents:write", "operations:write", "admin"
]
"""What a token is for. Whatever it is for, it never may more than its owner."""


ABOUT_SCOPES: Mapping[Scope, str] = {
    "read": "all that pages show; queries; the service's own numbers",
    "metrics:read": "queries and the service's own numbers: Grafana, Prometheus",
    "metrics:write": "send samples and access logs",
    "incidents:write": "acknowledge, note, resolve, silence what pages",
    "operations:write": "sign, silence, run drills",
    "admin": "accounts and tokens",
}


class Permission(Struct, frozen=True):
    """`least` is the lowest role that has it, `scopes` are those of which a token needs one, `about` is for people.

    `of_a_team`: a role in any team is enough where the route is not about one team.
    """

    least: Role
    scopes: frozenset[Scope]
    about: str
    of_a_team: bool = False


PERMISSIONS: Mapping[str, Permission] = {
    "read": Permission(
        Role.viewer,
        frozenset({"read"}),
        "see the guide, its standings, incidents, the ledger",
        of_a_team=True,
    ),
    "metrics": Permission(
        Role.viewer,
        frozenset({"read", "metrics:read"}),
        "query samples as Prometheus does; the service's own numbers",
        of_a_team=True,
    ),
    "respond": Permission(
        Role.responder,
        frozenset({"incidents:write"}),
        "acknowledge, note, resolve; override the on-call of their teams",
        of_a_team=True,
    ),
    "silence": Permission(
        Role.responder,
        frozenset({"incidents:write", "operations:write"}),
        "silence what pages them, for a shift",
        of_a_team=True,
    ),
    "operate": Permission(
        Role.operator,
        frozenset({"operations:write"}),
        "sign, silence anything, run drills, change what is bound",
    ),
    "send": Permission(Role.operator, frozenset({"metrics:write"}), "send samples and access logs"),
    "administer": Permission(
        Role.admin,
        frozenset({"admin"}),
        "manage accounts, roles and tokens of others, export the ledger with personal data",
    ),
    "known": Permission(Role.viewer, frozenset(get_args(Scope)), "hear as whom one acts", of_a_team=True),
    "self": Permission(
        Role.viewer, frozenset(), "change their own password, sessions and tokens", of_a_team=True
    ),
}

OPEN = "open"
"""Whoever can connect: what says nothing of the service, and what leads in."""

LINK = "link"
"""Whoever has the address: a secret in it is the proof, and the handler checks it."""

NEEDS = frozenset({OPEN, LINK, *PERMISSIONS})
"""What a route may declare. One that declares nothing is answered to nobody."""
