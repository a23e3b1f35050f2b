"""People & access and tokens: what admins do, and what must hold whatever they do."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.identity.facts import AccountAdded
from opsguide.identity.identity import LOCAL
from opsguide.identity.permissions import Role
from opsguide.kernel.errors import Refused
from tests.web.served import LOCAL_SECRET, Served, harbour, settled
from tests.web.signed_in import BASE, a_session, an_account, cookie_of, nobody, signed_in


@pytest.fixture
def served() -> Served:
    made = harbour()
    made.go_down()
    return made


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def a_token(served: Served, name: str, *scopes: str, days: int = 90) -> str:
    account = served.identity.accounts.find(name)
    return settled(served.identity.tokens.make(account, "a script", list(scopes), days, LOCAL))[1]


# People


def test_somebody_is_invited_and_chooses_a_password_themselves(served: Served) -> None:
    admin = signed_in(served, Role.admin)
    form = {"name": "Bogdan", "shown": "Bogdan Ilie", "person": "bogdan", "role": "responder", "team": ""}
    page = admin.post("/people", data=form).text
    link = re.search(r"http://127\.0\.0\.1:8470(/set-up/ogs_\w+)", page)
    assert link is not None
    assert link[1] not in admin.get("/people").text, "it is shown once"
    guest = nobody(served)
    assert "Choose a password" in guest.get(link[1]).text
    chosen = {"password": "quiet harbour lantern", "again": "quiet harbour lantern"}
    assert guest.post(link[1], data=chosen, follow_redirects=False).headers["location"] == "/"
    assert guest.post("/incidents/INC-1/acknowledge", data={}).status_code == 200
    assert served.state("incidents").open["INC-1"].acknowledged_by == "bogdan"
    assert guest.get("/people").status_code == 403
    assert guest.get(link[1]).status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "two words"}, "cannot be a name"),
        ({"name": "zoe"}, "already"),
        ({"name": "mia", "person": "nobody"}, "name nobody nobody"),
        ({"name": "mia", "role": "king"}, "no role king"),
        ({"name": "mia", "role": "viewer", "team": "nowhere"}, "no team nowhere"),
        ({"name": "mia", "role": "admin", "team": "core-platform"}, "everywhere"),
    ],
)
def test_what_cannot_be_says_why_and_adds_nobody(served: Served, form: dict[str, str], said: str) -> None:
    admin = signed_in(served, Role.admin)
    answer = admin.post("/people", data=form)
    assert answer.status_code == 400
    assert said in answer.text
    assert len(served.identity.accounts.all()) == 1


def test_the_last_admin_stays(served: Served) -> None:
    admin = signed_in(served, Role.admin, name="ana")
    ana = served.identity.accounts.find("ana")
    for deed, data in (("disable", {}), ("delete", {"name": "ana"}), ("role", {"role": "", "team": ""})):
        answer = admin.post(f"/people/{ana.id}/{deed}", data=data)
        assert "last admin" in answer.text, deed
    assert served.identity.accounts.roles(ana.id) == {"": Role.admin}
    an_account(served, "bogdan", Role.admin)
    admin.post(f"/people/{ana.id}/role", data={"role": "viewer", "team": ""})
    assert served.identity.accounts.roles(ana.id) == {"": Role.viewer}
    assert admin.get("/people").status_code == 403, "it counts from the next request on"


def test_two_admins_who_depose_each_other_leave_one(served: Served) -> None:
    import asyncio

    ana, bogdan = (an_account(served, name, Role.admin) for name in ("ana", "bogdan"))
    accounts = served.identity.accounts

    async def both() -> list[Any]:
        deeds = [accounts.give(one, None, "", "test") for one in (ana, bogdan)]
        return await asyncio.gather(*deeds, return_exceptions=True)

    found = settled(both())
    assert sum(isinstance(one, Refused) for one in found) == 1
    assert accounts.has_admin()


def test_deleting_an_account_leaves_what_it_did_and_not_who_it_was(served: Served) -> None:
    admin = signed_in(served, Role.admin)
    mia = an_account(served, "mia", Role.responder)
    client = TestClient(served.app, base_url=BASE)
    client.cookies.update(cookie_of(served, a_session(served, mia)))
    client.post("/incidents/INC-1/acknowledge", data={})
    assert "Mia has it" in admin.get("/incidents/INC-1").text
    assert "type mia" in admin.post(f"/people/{mia.id}/delete", data={"name": "zoe"}).text.casefold()
    admin.post(f"/people/{mia.id}/delete", data={"name": "mia"})
    assert client.get("/api/v1/status").status_code == 401
    page = admin.get("/incidents/INC-1").text
    assert "Mia" not in page
    assert mia.id in page
    for table in ("account", "session", "role", "token"):
        assert "mia" not in str(served.tables.query(f"select * from {table}")).casefold()
    chained = [one.fact.data for one in served.ledger.rows if isinstance(one.fact.data, AccountAdded)]
    assert "mia" not in str(chained)


def test_an_account_for_nobody_of_the_bindings_cannot_sign() -> None:
    from tests.guide.test_signing import BY_HAND, SECRETS

    served = Served()
    served.adopt(promises=BY_HAND[:1])
    client = signed_in(served, Role.operator, name="mia")
    answer = client.post("/api/v1/signatures", json={"promise": SECRETS, "note": "looked"})
    assert answer.json()["type"] == "unknown_person"
    assert "People & access" in answer.json()["hint"]
    linked = signed_in(served, Role.operator, name="ana", person="ana")
    assert (
        linked.post("/api/v1/signatures", json={"promise": SECRETS, "note": "looked"}).json()["by"] == "ana"
    )
    other = linked.post("/api/v1/signatures", json={"promise": SECRETS, "note": "x", "by": "bogdan"})
    assert (other.status_code, other.json()["type"]) == (403, "not_allowed")


# Tokens


def test_a_token_is_shown_once_and_kept_as_a_digest(served: Served) -> None:
    client = signed_in(served, Role.responder)
    page = client.post("/profile/tokens", data={"label": "deploys", "scopes": ["read"], "days": "30"})
    assert page.status_code == 201
    found = re.search(r"ogt_\w{49}", page.text)
    assert found is not None
    assert found[0] not in client.get("/profile").text
    assert found[0] not in str(served.tables.query("select * from token")) + str(served.ledger.rows)
    program = nobody(served)
    assert program.get("/api/v1/me", headers=bearer(found[0])).json()["scopes"] == ["read"]
    assert program.get(f"/api/v1/me?token={found[0]}").status_code == 401, "never in an address"


def test_a_token_may_come_as_the_password_of_basic_authentication(served: Served) -> None:
    an_account(served, "mia", Role.viewer)
    token, program = a_token(served, "mia", "read"), nobody(served)
    for password, status in ((token, 200), (token[:-1], 401), ("", 401)):
        assert program.get("/api/v1/me", auth=("anybody", password)).status_code == status
    for broken in ("Basic", "Basic ///", "Basic YQ=="):
        assert program.get("/api/v1/me", headers={"Authorization": broken}).status_code == 401


def test_what_a_token_may_not(served: Served) -> None:
    an_account(served, "mia", Role.viewer)
    an_account(served, "ana", Role.operator, person="ana")
    program = nobody(served)
    deed = "/api/v1/incidents/INC-1/acknowledge"
    assert (
        program.post(deed, json={}, headers=bearer(a_token(served, "mia", "incidents:write"))).status_code
        == 403
    )
    read = a_token(served, "ana", "read")
    refused = program.post(deed, json={}, headers=bearer(read))
    assert (refused.status_code, "incidents:write" in refused.text) == (403, True)
    assert program.get("/profile", headers=bearer(read)).status_code == 403, "for people who signed in"
    acts = program.post(deed, json={}, headers=bearer(a_token(served, "ana", "incidents:write")))
    assert acts.json()["acknowledged_by"] == "ana"
    sends = a_token(served, "ana", "metrics:write")
    assert program.get("/api/v1/status", headers=bearer(sends)).status_code == 403
    assert program.post("/logs/access", content=b"", headers=bearer(sends)).status_code != 403
    queries = a_token(served, "mia", "metrics:read")
    assert program.get("/metrics", headers=bearer(queries)).status_code == 200
    assert program.get("/api/v1/facts", headers=bearer(queries)).status_code == 403


def test_a_token_ends(served: Served) -> None:
    ana = an_account(served, "ana", Role.viewer)
    program = nobody(served)

    def status(token: str) -> int:
        return int(program.get("/api/v1/status", headers=bearer(token)).status_code)

    short, revoked, kept = (a_token(served, "ana", "read", days=days) for days in (1, 90, 90))
    assert [status(one) for one in (short, revoked, kept)] == [200, 200, 200]
    settled(served.identity.tokens.revoke(served.identity.tokens.find(revoked)[0].id, "test"))  # type: ignore[index]
    served.clock.advance(86_401)
    assert [status(one) for one in (short, revoked, kept)] == [401, 401, 200]
    an_account(served, "zoe", Role.admin)
    settled(served.identity.accounts.disable(ana, "test"))
    assert status(kept) == 401
    used = [one.fact.data for one in served.ledger.rows if one.fact.type == "identity.token_used"]
    assert len(used) == 3, "the first use is a fact, others are not"


def test_a_token_for_administering_needs_the_second_factor(served: Served) -> None:
    admin = signed_in(served, Role.admin)
    made = admin.post("/profile/tokens", data={"label": "terraform", "scopes": "admin", "days": "7"}).text
    token = re.search(r"ogt_\w{49}", made)
    assert token is not None
    program = nobody(served)
    assert program.get("/api/v1/accounts", headers=bearer(token[0])).status_code == 200
    zoe = served.identity.accounts.find("zoe")
    with served.tables.writing() as writing:
        writing.do("set_totp", {"id": zoe.id, "totp": "", "step": 0})
    assert program.get("/api/v1/accounts", headers=bearer(token[0])).status_code == 403


# The machine itself, and the demo


def test_the_secret_of_the_machine_counts_on_the_machine_only(served: Served) -> None:
    program = nobody(served)
    assert program.get("/api/v1/me", headers=bearer(LOCAL_SECRET)).json()["kind"] == "local"
    for elsewhere in ({"x-test-client": "203.0.113.7"}, {"x-forwarded-for": "203.0.113.7"}):
        answer = program.get("/api/v1/me", headers=bearer(LOCAL_SECRET) | elsewhere)
        assert answer.status_code == 401


def test_the_visitor_comes_by_loopback_and_the_page_says_so(served: Served) -> None:
    client = TestClient(served.app, base_url=BASE)
    assert "Demo visitor" in client.get("/").text
    assert "started with <code>--visitor</code>" in client.get("/profile").text
    for elsewhere in ({"x-test-client": "203.0.113.7"}, {"x-forwarded-for": "203.0.113.7"}):
        assert client.get("/api/v1/status", headers=elsewhere).status_code == 401
    rebound = client.get("/nowhere", headers={"host": "evil.example"})
    assert "INC-1" not in rebound.text


def test_a_stream_ends_with_the_session_that_opened_it(served: Served) -> None:

    from opsguide.web.gate import Gate
    from opsguide.web.guard import Listening

    served.identity.visitor = False
    opened = a_session(served, an_account(served, "ana", Role.viewer))

    asking = SimpleNamespace(
        headers={"host": "127.0.0.1"},
        cookies=cookie_of(served, opened),
        scope={"scheme": "http"},
        client=None,
    )

    async def pieces() -> Any:
        for number in range(4):
            if number == 2:
                await served.identity.sessions.sign_out(opened.secret)
            yield b"%d" % number

    async def read() -> list[bytes]:
        gate = Gate(served.identity, Listening)
        return [one async for one in gate.while_allowed(pieces(), asking, "read")]  # type: ignore[arg-type]

    assert settled(read()) == [b"0", b"1"]


def test_a_feed_carries_its_own_secret(served: Served) -> None:
    path = re.search(r'href="(/on-call/people/ana\.ics\?key=[^"]+)"', _feeds(served))
    assert path is not None
    calendar = nobody(served)
    assert calendar.get(path[1]).status_code == 200
    assert calendar.get(path[1].replace("ana.ics", "bogdan.ics")).status_code == 401
    assert calendar.get("/on-call/people/ana.ics").status_code == 401


def _feeds(served: Served) -> str:
    from tests.incidents.test_oncall_page import ROTATIONS

    served.adopt(more_bindings=ROTATIONS)
    return str(TestClient(served.app, base_url=BASE).get("/on-call/feeds").text)
