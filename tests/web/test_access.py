"""Who may call each route there is: nobody without login, nobody with too small a role, and nothing changes then."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.identity.permissions import LINK, NEEDS, OPEN, PERMISSIONS, Role
from tests.web.every_route import (
    ENDLESS,
    FORM,
    HEADERS,
    ROUTES,
    Whole,
    call,
    call_of,
    everything,
    path_of,
    whole,
)
from tests.web.served import settled
from tests.web.signed_in import nobody, signed_in

GUARDED = sorted((route, needed) for route, needed in ROUTES.items() if needed in PERMISSIONS)
HTML = {"accept": "text/html,*/*;q=0.8"}


@pytest.mark.parametrize(("route", "declared"), list(ROUTES.items()))
def test_every_route_says_who_may_call_it(route: str, declared: str | None) -> None:
    assert declared in NEEDS, (
        f'{route}: write needs="…" into its decorator, a name of identity/permissions.py'
    )


def test_what_is_open_is_a_short_list() -> None:
    """Whoever adds to it has thought about it."""
    assert sorted(route for route, needed in ROUTES.items() if needed == OPEN) == [
        "GET /healthz",
        "GET /prometheus/-/healthy",
        "GET /prometheus/-/ready",
        "GET /sign-in",
        "GET /sign-in/code",
        "GET /static/{name}",
        "POST /sign-in",
        "POST /sign-in/again",
        "POST /sign-in/code",
        "POST /sign-out",
    ]
    assert sorted(route for route, needed in ROUTES.items() if needed == LINK) == [
        "GET /on-call/people/{file}",
        "GET /on-call/teams/{file}",
        "GET /page/{token}",
        "GET /ping/{probe}/{secret}",
        "GET /ping/{probe}/{secret}/{word}",
        "GET /regions/{region}/plan",
        "GET /set-up/{token}",
        "GET /swap/{token}",
        "POST /in/{source}",
        "POST /in/{source}/v2/enqueue",
        "POST /page/{token}/acknowledge",
        "POST /ping/{probe}/{secret}",
        "POST /ping/{probe}/{secret}/{word}",
        "POST /regions/{region}/looks",
        "POST /set-up/{token}",
        "POST /swap/{token}/accept",
        "POST /swap/{token}/decline",
    ]


@pytest.fixture(scope="module")
def served() -> Whole:
    """One for all that is refused: whatever changes it fails here and after."""
    made = whole()
    made.identity.visitor = False
    return made


@pytest.fixture(scope="module")
def clients(served: Whole) -> dict[Role | None, TestClient[Any]]:
    """Somebody of each role, and nobody in particular."""
    every: list[Role | None] = [None, *Role]
    return {role: signed_in(served, role, name=f"zoe-{role}", person="ana") for role in every}


@pytest.fixture(scope="module")
def stranger(served: Whole) -> TestClient[Any]:
    return nobody(served)


@pytest.mark.parametrize("route", [route for route, _ in GUARDED])
def test_nobody_gets_in_without_login(route: str, served: Whole, stranger: TestClient[Any]) -> None:
    before = everything(served)
    answer = call(stranger, served, route)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")
    opened = call(stranger, served, route, headers=HTML, follow_redirects=False)
    assert opened.status_code in ((303, 401) if route.startswith("GET ") else (303, 307, 401))
    assert opened.status_code == 401 or opened.headers["location"].startswith("/sign-in")
    assert everything(served) == before


@pytest.mark.parametrize(("route", "needed"), GUARDED)
def test_too_small_a_role_does_nothing(
    route: str, needed: str, served: Whole, clients: dict[Role | None, TestClient[Any]]
) -> None:
    below = [role for role in Role if role < PERMISSIONS[needed].least]
    client = clients[below[-1] if below else None]
    before = everything(served)
    answer = call(client, served, route)
    assert answer.status_code == 403, answer.text
    assert PERMISSIONS[needed].least.name in answer.text
    assert everything(served) == before


FORGED = {
    "/on-call/people/{file}": "/on-call/people/ana.ics?key=forged",
    "/on-call/teams/{file}": "/on-call/teams/core-platform.ics?key=forged",
    "/page/{token}": "/page/INC-1.ana.99999999999999.forged",
    "/page/{token}/acknowledge": "/page/INC-1.ana.99999999999999.forged/acknowledge",
    "/ping/{probe}/{secret}": "/ping/backup/guessed",
    "/ping/{probe}/{secret}/{word}": "/ping/backup/guessed/start",
    "/set-up/{token}": "/set-up/ogs_guessed",
    "/swap/{token}": "/swap/SWAP-1.bogdan.99999999999999.forged",
    "/swap/{token}/accept": "/swap/SWAP-1.bogdan.99999999999999.forged/accept",
    "/swap/{token}/decline": "/swap/SWAP-1.bogdan.99999999999999.forged/decline",
}
"""Links to what there is, with a secret that is none; the other links have their secret in a header."""

LINKS = sorted(route for route, needed in ROUTES.items() if needed == LINK)


@pytest.mark.parametrize("route", LINKS)
def test_a_link_that_is_not_ours_opens_nothing(route: str, served: Whole, stranger: TestClient[Any]) -> None:
    verb, path = route.split()
    assert path in FORGED or path in HEADERS
    before = everything(served)
    address = FORGED.get(path) or path_of(path, served)
    for headers in ({}, {"authorization": "Bearer guessed"}):
        answer = stranger.request(verb, address, data=FORM if verb == "POST" else None, headers=headers)
        assert answer.status_code in (401, 404)
        assert everything(served) == before


def test_the_links_that_are_ours_lead_to_what_there_is() -> None:
    """What is refused above is refused for its secret alone."""
    served = whole()
    client = nobody(served)
    for route in LINKS:
        answer = call(client, served, route, headers=HEADERS.get(route.split()[1]), follow_redirects=False)
        assert answer.status_code in (200, 202, 303, 400, 405), (route, answer.text)


@pytest.fixture(scope="module")
def busy() -> Whole:
    """One for all that is done."""
    made = whole()
    made.identity.visitor = False
    return made


@pytest.fixture(scope="module")
def worker(busy: Whole) -> Callable[[Role, str], TestClient[Any]]:
    """Somebody with a role who acts for a person."""
    return cache(lambda role, person: signed_in(busy, role, name=f"{person}-{role}", person=person))


@pytest.mark.parametrize(
    ("route", "needed"), [(route, needed) for route, needed in GUARDED if route.split()[1] not in ENDLESS]
)
def test_the_least_role_is_let_in(
    route: str, needed: str, busy: Whole, worker: Callable[[Role, str], TestClient[Any]]
) -> None:
    if "{account}" in route and busy.identity.accounts.named("bogdan") is None:
        settled(busy.identity.accounts.add("bogdan", "Bogdan", "", "test"))
    asked = call_of(busy, route).get("json") or {}
    answer = call(
        worker(PERMISSIONS[needed].least, asked.get("by", "ana")), busy, route, follow_redirects=False
    )
    assert answer.status_code not in (401, 403, 405, 500), answer.text
