"""Signing in as people do it: passwords, second factors, links, sessions; and what must not help an attacker."""

import re
from typing import Any

import pyotp
import pytest
from litestar.testing import TestClient

from opsguide.identity.accounts import Account
from opsguide.identity.permissions import Role
from tests.web.served import Served, harbour, settled
from tests.web.signed_in import BASE, a_session, an_account, cookie_of, nobody

PASSWORD = "violet otter quay 7"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_password(served: Served, name: str = "ana", role: Role = Role.responder, **about: str) -> Account:
    account = an_account(served, name, role, **about)
    settled(served.identity.accounts.choose_password(account, PASSWORD, "test"))
    return served.identity.accounts.get(account.id)


def with_factor(served: Served, account: Account) -> Account:
    with served.tables.writing() as writing:
        writing.do("set_totp", {"id": account.id, "totp": TOTP, "step": 0})
    return served.identity.accounts.get(account.id)


def code(served: Served) -> str:
    return pyotp.TOTP(TOTP).at(served.now() // 1000)


def sign_in(client: TestClient[Any], name: str = "ana", password: str = PASSWORD, **more: str) -> Any:
    data = {"name": name, "password": password, **more}
    return client.post("/sign-in", data=data, follow_redirects=False)


def types(served: Served) -> list[str]:
    return [one.fact.type for one in served.ledger.rows if one.fact.type.startswith("identity.")]


@pytest.fixture
def served() -> Served:
    made = harbour()
    made.go_down()
    return made


@pytest.fixture
def client(served: Served) -> TestClient[Any]:
    return nobody(served)


# The first admin


def test_without_an_account_everything_leads_to_who_set_it_up(
    served: Served, client: TestClient[Any]
) -> None:
    page = client.get("/", headers={"accept": "text/html"}).text
    assert "No account yet" in page
    assert "INC-1" not in page, "who is not signed in sees nothing of the service"
    assert client.get("/api/v1/status").status_code == 401


def test_the_link_of_the_first_start_makes_one_admin_and_counts_once(
    served: Served, client: TestClient[Any]
) -> None:
    link = settled(served.identity.set_up_link())
    path = f"/set-up/{link}"
    before = served.head.seq
    assert "The first admin" in client.get(path).text
    assert "The first admin" in client.get(path).text
    assert served.head.seq == before, "scanners that look at it use nothing up"
    form = {"name": "Ana", "shown": "Ana Pop", "person": "ana", "password": PASSWORD, "again": PASSWORD}
    weak = client.post(path, data=form | {"password": "password1234", "again": "password1234"})
    assert weak.status_code == 400
    assert "easy to guess" in weak.text
    made = client.post(path, data=form, follow_redirects=False)
    assert made.headers["location"] == "/profile/second-factor"
    account = served.identity.accounts.named("ana")
    assert account is not None
    assert served.identity.accounts.roles(account.id) == {"": Role.admin}
    assert client.post(path, data=form | {"name": "eve"}).status_code == 404
    assert settled(served.identity.set_up_link()) == ""
    assert PASSWORD not in str(served.ledger.rows)


def test_a_newer_link_and_a_day_end_an_older_one(served: Served, client: TestClient[Any]) -> None:
    first = settled(served.identity.set_up_link())
    second = settled(served.identity.set_up_link())
    assert client.get(f"/set-up/{first}").status_code == 404
    assert client.get(f"/set-up/{second}").status_code == 200
    served.clock.advance(86_401)
    assert client.get(f"/set-up/{second}").status_code == 404


def test_an_admin_is_an_operator_until_the_second_factor_is_set_up(
    served: Served, client: TestClient[Any]
) -> None:
    with_password(served, role=Role.admin)
    assert sign_in(client).status_code == 303
    refused = client.get("/people")
    assert refused.status_code == 403
    assert "second factor" in refused.text
    page = client.get("/profile/second-factor").text
    found = re.search(r'name="totp" value="([A-Z2-7]{32})"', page)
    assert found is not None
    now = pyotp.TOTP(found[1]).at(served.now() // 1000)
    wrong = client.post("/profile/second-factor", data={"totp": found[1], "code": "000000"})
    assert wrong.status_code == 400
    assert found[1] in wrong.text, "the telephone has it already: it stays the same"
    shown = client.post("/profile/second-factor", data={"totp": found[1], "code": now})
    assert len(re.findall(r"^(?:[a-z2-9]{4}-){3}[a-z2-9]{4}$", shown.text, re.MULTILINE)) >= 8
    assert client.get("/people").status_code == 200
    served.clock.advance(12 * 3600 + 1)
    assert client.get("/people").status_code == 403, "what only admins may asks again"
    assert client.get("/").status_code == 200


# In


def test_a_password_opens_a_session_under_a_fresh_secret(served: Served, client: TestClient[Any]) -> None:
    account = with_password(served, person="ana")
    planted = a_session(served, an_account(served, "mallory", Role.viewer))
    client.cookies.update(cookie_of(served, planted))
    answer = sign_in(client, next="/incidents?open=true")
    assert answer.headers["location"] == "/incidents?open=true"
    session = next(one for one in answer.headers.get_list("set-cookie") if "-device" not in one)
    assert planted.secret not in session, "no session that somebody planted goes on"
    for part in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert part.casefold() in session.casefold()
    assert "Secure" not in session
    assert types(served)[-1] == "identity.signed_in"
    assert served.ledger.rows[-1].fact.actor == "person:ana"
    client.post("/incidents/INC-1/acknowledge", data={})
    assert served.state("incidents").open["INC-1"].acknowledged_by == "ana"
    assert served.identity.accounts.get(account.id).signed_in_at == served.now()


def test_over_https_the_cookie_is_secure_and_bound_to_its_host(
    served: Served, client: TestClient[Any]
) -> None:
    from opsguide.web.guard import Listening

    with_password(served)
    served.listening = Listening(url="https://opsguide.example")
    answer = TestClient(served.app, base_url=BASE).post(
        "/sign-in",
        data={"name": "ana", "password": PASSWORD},
        headers={"host": "opsguide.example"},
        follow_redirects=False,
    )
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-opsguide-")
        assert "Secure" in cookie
        assert "domain" not in cookie.casefold()


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "",
    ],
)
def test_one_goes_on_only_to_this_service(served: Served, client: TestClient[Any], asked: str) -> None:
    with_password(served)
    assert sign_in(client, next=asked).headers["location"] == "/"


def test_whoever_it_was_the_answer_is_the_same(served: Served, client: TestClient[Any]) -> None:
    ana = with_password(served)
    gone = with_password(served, "bogdan")
    with_password(served, "zoe", Role.admin)
    settled(served.identity.accounts.disable(gone, "test"))
    an_account(served, "invited", Role.viewer)
    told = {
        name: sign_in(client, name, password)
        for name, password in {
            "ana": "wrong",
            "bogdan": PASSWORD,
            "nobody": "wrong",
            "invited": "wrong",
        }.items()
    }
    assert {answer.status_code for answer in told.values()} == {401}
    assert len({answer.text.replace(name, "NAME") for name, answer in told.items()}) == 1
    failed = [one.fact.data for one in served.ledger.rows if one.fact.type == "identity.sign_in_failed"]
    assert [(one.account, one.reason) for one in failed] == [  # type: ignore[attr-defined]
        (ana.id, "password"),
        (gone.id, "disabled"),
        ("", "unknown"),
        (failed[3].account, "password"),  # type: ignore[attr-defined]
    ]
    assert "nobody" not in str(failed), "what was typed may be a password in the wrong field"


def test_the_code_counts_once_and_not_before_the_password(served: Served, client: TestClient[Any]) -> None:
    with_factor(served, with_password(served))
    answer = sign_in(client, next="/now")
    assert answer.headers["location"] == "/sign-in/code?next=/now"
    assert client.get("/", follow_redirects=False).status_code == 401, "half a sign-in opens nothing"
    used = code(served)
    before = dict(client.cookies)
    opened = client.post("/sign-in/code", data={"code": used, "next": "/now"}, follow_redirects=False)
    assert opened.headers["location"] == "/now"
    assert client.get("/now").status_code == 200
    assert dict(client.cookies) != before, "the secret changes with what it opens"
    other = TestClient(served.app, base_url=BASE)
    sign_in(other)
    again = other.post("/sign-in/code", data={"code": used})
    assert again.status_code == 401
    assert "used before" in again.text
    served.clock.advance(30)
    assert other.post("/sign-in/code", data={"code": code(served)}, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(("seconds", "status"), [(-30, 303), (0, 303), (30, 303), (-60, 401), (60, 401)])
def test_a_clock_may_be_off_by_a_step(
    served: Served, client: TestClient[Any], seconds: int, status: int
) -> None:
    with_factor(served, with_password(served))
    sign_in(client)
    shown = pyotp.TOTP(TOTP).at(served.now() // 1000 + seconds)
    assert client.post("/sign-in/code", data={"code": shown}, follow_redirects=False).status_code == status


def test_a_recovery_code_counts_once(served: Served, client: TestClient[Any]) -> None:
    from opsguide.identity import codes

    account = with_factor(served, with_password(served))
    shown = settled(codes.renew(served.identity.desk, account))
    for status in (303, 401):
        sign_in(client)
        typed = shown[0].upper().replace("-", " ")
        assert (
            client.post("/sign-in/code", data={"code": typed}, follow_redirects=False).status_code == status
        )
    assert served.identity.recovery_codes(account.id) == 9


def test_codes_cannot_be_guessed(served: Served, client: TestClient[Any]) -> None:
    with_factor(served, with_password(served))
    statuses = []
    for guess in range(7):
        sign_in(client)
        statuses.append(client.post("/sign-in/code", data={"code": f"{guess:06}"}).status_code)
    assert statuses == [401] * 5 + [429] * 2
    sign_in(client)
    assert client.post("/sign-in/code", data={"code": code(served)}).status_code == 429, (
        "not even the right one"
    )
    served.clock.advance(31)
    assert (
        client.post("/sign-in/code", data={"code": code(served)}, follow_redirects=False).status_code == 303
    )


# Waits


def test_who_fails_waits_longer_and_longer(served: Served, client: TestClient[Any]) -> None:
    with_password(served)
    statuses = [sign_in(client, password="wrong").status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert sign_in(client).status_code == 429
    assert int(sign_in(client).headers["retry-after"]) in (29, 30)
    served.clock.advance(31)
    assert sign_in(client, password="wrong").status_code == 401
    served.clock.advance(31)
    assert sign_in(client).status_code == 429, "the second wait is longer"
    served.clock.advance(30)
    assert sign_in(client).status_code == 303
    assert [sign_in(client, password="wrong").status_code for _ in range(5)] == [401] * 5
    assert "identity.locked" in types(served)


def test_unknown_names_wait_alike(served: Served, client: TestClient[Any]) -> None:
    with_password(served, "zoe", Role.admin)
    assert [sign_in(client, "nobody", "wrong").status_code for _ in range(6)] == [401] * 5 + [429]


def test_one_address_does_not_try_one_password_on_everybody(served: Served, client: TestClient[Any]) -> None:
    statuses = [sign_in(client, f"name{number}", "wrong").status_code for number in range(31)]
    assert statuses[:30] == [401] * 30
    assert statuses[30] == 429


def test_nobody_can_lock_somebody_else_out_for_long(served: Served, client: TestClient[Any]) -> None:
    with_password(served)
    assert sign_in(client).status_code == 303
    strangers = TestClient(served.app, base_url=BASE)
    data = {"name": "ana", "password": "wrong"}
    for number in range(60):
        served.clock.advance(61)
        sign_in_from = {"x-test-client": f"203.0.113.{number}"}
        assert strangers.post("/sign-in", data=data, headers=sign_in_from).status_code == 401
    assert strangers.post("/sign-in", data=data, headers={"x-test-client": "203.0.113.99"}).status_code == 429
    client.post("/sign-out")
    assert sign_in(client).status_code == 303, "on a device that is known nothing of it is felt"
    served.clock.advance(61)
    data["password"] = PASSWORD
    elsewhere = strangers.post(
        "/sign-in", data=data, headers={"x-test-client": "203.0.113.98"}, follow_redirects=False
    )
    assert elsewhere.status_code == 303, "and elsewhere a minute later"


def test_a_flood_of_failures_does_not_fill_the_ledger(served: Served, client: TestClient[Any]) -> None:
    for number in range(40):
        headers = {"x-test-client": f"203.0.113.{number}"}
        client.post("/sign-in", data={"name": f"n{number}", "password": "x"}, headers=headers)
    assert types(served).count("identity.sign_in_failed") == 30
    served.clock.advance(61)
    sign_in(client, "another", "x")
    last = next(
        one.fact.data for one in served.ledger.rows[::-1] if one.fact.type == "identity.sign_in_failed"
    )
    assert last.untold == 10  # type: ignore[attr-defined]


# Out


def test_signing_out_ends_it_on_the_server_too(served: Served, client: TestClient[Any]) -> None:
    with_password(served)
    sign_in(client)
    kept = dict(client.cookies)
    client.post("/sign-out", follow_redirects=False)
    thief = TestClient(served.app, base_url=BASE)
    thief.cookies.update(kept)
    assert thief.get("/api/v1/status").status_code == 401


def test_a_new_password_ends_every_other_session(served: Served, client: TestClient[Any]) -> None:
    account = with_password(served)
    sign_in(client)
    other = TestClient(served.app, base_url=BASE)
    other.cookies.update(cookie_of(served, a_session(served, account)))
    form = {"current": "wrong", "password": "quiet harbour lantern", "again": "quiet harbour lantern"}
    assert client.post("/profile/password", data=form).status_code == 400
    assert other.get("/").status_code == 200
    assert client.post("/profile/password", data=form | {"current": PASSWORD}).status_code == 200
    assert other.get("/api/v1/status").status_code == 401
    assert client.get("/").status_code == 200
    assert sign_in(nobody(served)).status_code == 401


def test_sessions_end_by_themselves(served: Served, client: TestClient[Any]) -> None:
    account = with_password(served)
    idle, used = a_session(served, account), a_session(served, account)
    for _ in range(4):
        served.clock.advance(6 * 86_400)
        client.cookies.update(cookie_of(served, used))
        assert client.get("/api/v1/status").status_code == 200
    assert served.identity.sessions.principal(idle.secret) is None, "a week without use"
    assert client.get("/api/v1/status").status_code == 200
    served.clock.advance(6 * 86_400)
    assert client.get("/api/v1/status").status_code == 401, "thirty days"


def test_what_was_opened_ends_with_the_account(served: Served, client: TestClient[Any]) -> None:
    account = with_password(served)
    with_password(served, "zoe", Role.admin)
    sign_in(client)
    settled(served.identity.accounts.disable(account, "test"))
    assert client.get("/api/v1/status").status_code == 401


def test_a_sign_in_from_another_site_is_refused(served: Served, client: TestClient[Any]) -> None:
    with_password(served)
    data = {"name": "ana", "password": PASSWORD}
    answer = client.post("/sign-in", data=data, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_the_disk_is_full_and_who_is_woken_gets_in(served: Served, client: TestClient[Any]) -> None:
    account = with_password(served)
    served.ledger.full = True
    assert sign_in(client).status_code == 303
    assert client.get("/").status_code == 200
    with pytest.raises(Exception, match="disk is full"):
        settled(served.identity.accounts.give(account, Role.admin, "", "test"))
    assert served.identity.accounts.roles(account.id) == {"": Role.responder}
