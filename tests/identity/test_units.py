"""The pieces by themselves: secrets, passwords, waits, roles in teams, scopes of tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.identity import codes, lockout, passwords, secret
from opsguide.identity.lockout import LIMITS, Failures
from opsguide.identity.permissions import PERMISSIONS, Role
from opsguide.identity.principal import NotAllowed, NotSignedIn, Principal, SecondFactorNeeded, authorize, may
from opsguide.identity.sessions import Client
from opsguide.kernel.errors import Refused

# Secrets


def test_a_token_is_recognised_and_one_that_was_mistyped_is_not() -> None:
    token = secret.fresh(secret.TOKEN)
    assert secret.is_well_formed(token, secret.TOKEN)
    assert not secret.is_well_formed(token, secret.SESSION)
    for at in range(4, len(token)):
        other = "a" if token[at] != "a" else "b"
        assert not secret.is_well_formed(token[:at] + other + token[at + 1 :], secret.TOKEN)


@given(st.text())
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    assert not secret.is_well_formed(text, secret.TOKEN)
    assert codes.step_of("A" * 32, text, 0) is None or len(secret.plain_code(text)) == 6


# Passwords


@pytest.mark.parametrize(
    "password",
    [
        "short one",
        "password1234",
        "aaaaaaaaaaaaaaaa",
        "qwertyuiop123",
        "harbourharbour",
        "x" * 201,
        "123456789012",
    ],
)
def test_what_is_tried_first_cannot_be_chosen(password: str) -> None:
    with pytest.raises(Refused):
        passwords.check(password, ("ana", "harbour"))


@pytest.mark.parametrize(
    "password", ["violet otter quay", "Tr0ub4dour&3Tr0", "соловей поёт ночью", "只有我知道的很长密码呀对不对"]
)
def test_whatever_is_hard_to_guess_can(password: str) -> None:
    passwords.check(password, ("ana", "harbour"))


def test_the_same_password_of_another_keyboard_fits() -> None:
    kept = passwords.hashed("caf\u00e9 au lait noir")
    assert passwords.fits("cafe\u0301 au lait noir", kept)
    assert not passwords.fits("cafe au lait noir", kept)
    assert kept.startswith("$argon2id$")
    assert "m=65536,t=3,p=4" in kept


def test_no_account_costs_a_hash_of_the_same_parameters() -> None:
    assert not passwords.fits("anything at all", "")
    assert not passwords.is_outdated(passwords._NOBODY), "make another one with today's parameters"


# Waits


def test_waits_double_up_to_their_most_and_are_forgotten() -> None:
    limit, failures, now = LIMITS["pair"], Failures(), 1_000_000_000_000
    waits = []
    for _ in range(12):
        failures = failures.one_more(limit, now)
        waits.append((failures.until - now) / 1000 if failures.until else 0)
        now = max(now, failures.until) + 1000
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]
    later = now + round(lockout.FORGET_SECONDS * 1000) + 1
    assert failures.one_more(limit, later).count == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::5", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::5", "2001:db8:1:3::5", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("", "unknown", False),
    ],
)
def test_a_client_is_counted_by_its_network(one: str, other: str, same: bool) -> None:
    assert (Client(one).network == Client(other).network) is same


# Roles and scopes


def who(roles: dict[str, Role], *, strong: bool = True, scopes: set[str] | None = None) -> Principal:
    kept = None if scopes is None else frozenset(scopes)
    return Principal(kind="session", account="a-1", shown="Ana", roles=roles, strong=strong, scopes=kept)


@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_all_that_those_before_it_may(permission: str, role: Role) -> None:
    assert may(who({"": role}), permission) == (role >= PERMISSIONS[permission].least)


def test_a_role_in_a_team_counts_there() -> None:
    ana = who({"core-platform": Role.operator, "core-frontend": Role.responder})
    assert may(ana, "operate", "core-platform")
    assert not may(ana, "operate", "core-frontend")
    assert not may(ana, "operate"), "what is about the whole service needs the role everywhere"
    assert may(ana, "respond", "core-frontend")
    assert not may(ana, "respond", "another")
    assert may(ana, "respond"), "incidents are everybody's whom they could wake"
    assert may(ana, "read")


def test_an_admin_without_the_second_factor_is_an_operator() -> None:
    admin = who({"": Role.admin}, strong=False)
    assert may(admin, "operate")
    with pytest.raises(SecondFactorNeeded):
        authorize(admin, "administer")
    with pytest.raises(NotAllowed):
        authorize(who({"": Role.operator}), "administer")
    with pytest.raises(NotSignedIn):
        authorize(None, "read")


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_token_may_what_its_scopes_and_its_owner_may(permission: str) -> None:
    needed = PERMISSIONS[permission]
    for scope in {one for other in PERMISSIONS.values() for one in other.scopes}:
        token = who({"": Role.admin}, scopes={scope})
        assert may(token, permission) == (scope in needed.scopes)
        assert not may(who({}, scopes={scope}), permission)
    assert not may(who({"": Role.admin}, scopes=set()), permission)


def test_one_acts_as_oneself() -> None:
    ana = Principal(
        kind="session", account="a-1", shown="Ana", person="ana", roles={"": Role.admin}, strong=True
    )
    assert ana.acting("") == ana.acting("ana") == ("ana", "person:ana")
    with pytest.raises(NotAllowed, match="cannot act as bogdan"):
        ana.acting("bogdan")
    unlinked = who({"": Role.responder})
    assert unlinked.acting("") == ("a-1", "account:a-1")
    machine = Principal(kind="local", roles={"": Role.admin}, strong=True)
    assert machine.acting("bogdan") == ("bogdan", "person:bogdan")
    assert machine.acting("") == ("local", "local")
