"""Who may call each route there is: nobody without login, nobody with too small a role, and nothing changes then."""

from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.identity.permissions import LINK, NEEDS, OPEN, PERMISSIONS, Role
from tests.documented import needs
from tests.web.served import Served
from tests.web.signed_in import nobody, rows, signed_in
from tests.web.test_guard import ENDLESS, path_of, told

ROUTES = needs()
GUARDED = sorted((route, needed) for route, needed in ROUTES.items() if needed in PERMISSIONS)
BODY = {"by": "ana"}
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
        "POST /in/{source}",
        "POST /in/{source}/v2/enqueue",
        "POST /page/{token}/acknowledge",
        "POST /ping/{probe}/{secret}",
        "POST /ping/{probe}/{secret}/{word}",
        "POST /regions/{region}/looks",
        "POST /set-up/{token}",
    ]


@pytest.fixture(scope="module")
def served() -> Served:
    """One for all that is refused: whatever changes it fails here and after."""
    made = told()
    made.identity.visitor = False
    return made


@pytest.fixture(scope="module")
def clients(served: Served) -> dict[Role | None, TestClient[Any]]:
    """Somebody of each role, and nobody in particular."""
    every: list[Role | None] = [None, *Role]
    return {role: signed_in(served, role, name=f"zoe-{role}", person="ana") for role in every}


@pytest.fixture(scope="module")
def stranger(served: Served) -> TestClient[Any]:
    return nobody(served)


def call(client: TestClient[Any], served: Served, route: str) -> Any:
    verb, path = route.split()
    return client.request(verb, path_of(path, served), json=BODY if verb != "GET" else None)


@pytest.mark.parametrize("route", [route for route, _ in GUARDED])
def test_nobody_gets_in_without_login(route: str, served: Served, stranger: TestClient[Any]) -> None:
    before, kept = served.head.seq, rows(served)
    answer = call(stranger, served, route)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")
    if route.startswith("GET "):
        path = path_of(route.removeprefix("GET "), served)
        opened = stranger.get(path, headers=HTML, follow_redirects=False)
        assert opened.status_code in (303, 401)
        assert opened.status_code == 401 or opened.headers["location"].startswith("/sign-in?next=/")
    assert (served.head.seq, rows(served)) == (before, kept)


@pytest.mark.parametrize(("route", "needed"), GUARDED)
def test_too_small_a_role_does_nothing(
    route: str, needed: str, served: Served, clients: dict[Role | None, TestClient[Any]]
) -> None:
    below = [role for role in Role if role < PERMISSIONS[needed].least]
    client = clients[below[-1] if below else None]
    before, kept = served.head.seq, rows(served)
    answer = call(client, served, route)
    assert answer.status_code == 403, answer.text
    assert PERMISSIONS[needed].least.name in answer.text
    assert (served.head.seq, rows(served)) == (before, kept)


@pytest.mark.parametrize("route", [route for route, needed in ROUTES.items() if needed == LINK])
def test_a_link_that_is_not_ours_opens_nothing(route: str, served: Served, stranger: TestClient[Any]) -> None:
    verb, path = route.split()
    before, kept = served.head.seq, rows(served)
    path = path.replace("{token}", "INC-1.ana.99999999999999.forged").replace("{file}", "ana.ics?key=forged")
    path = path_of(path, served)
    answer = stranger.request(verb, path, data={"password": "x"} if verb == "POST" else None)
    assert answer.status_code in (401, 404)
    assert (served.head.seq, rows(served)) == (before, kept)


@pytest.mark.parametrize(
    ("route", "needed"), [(route, needed) for route, needed in GUARDED if route.split()[1] not in ENDLESS]
)
def test_the_least_role_is_let_in(
    route: str, needed: str, served: Served, clients: dict[Role | None, TestClient[Any]]
) -> None:
    answer = call(clients[PERMISSIONS[needed].least], served, route)
    assert answer.status_code not in (401, 403, 500), answer.text
