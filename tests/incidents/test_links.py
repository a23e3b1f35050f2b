"""The signed link of a page: whatever fetches it only sees the incident, its button acts once, and it ends."""

import pytest

from opsguide.delivery.commands import AnnounceDeploy
from opsguide.incidents.commands import Acknowledge, Reopen, Resolve, Unacknowledge
from opsguide.incidents.facts import IncidentAcknowledged
from opsguide.incidents.links import Link, sign
from tests.cast import BINDINGS, UPTIME
from tests.incidents.test_http import BASE, acknowledged, browser, down
from tests.web.html import text_of
from tests.web.served import KEY, Served, harbour
from tests.web.signed_in import nobody

LIVES_SECONDS = 3600


def path(served: Served, person: str = "ana") -> str:
    return f"/page/{sign(Link('INC-1', person, served.now() + LIVES_SECONDS * 1000), KEY)}"


def test_a_signed_link_shows_and_only_its_button_acts() -> None:
    served = down()
    with nobody(served) as client:
        page = client.get(path(served))
        assert "Acknowledge as ana" in text_of(page.text)
        assert acknowledged(served) == []
        after = client.post(f"{path(served)}/acknowledge")
    assert acknowledged(served) == ["ana"]
    assert "ana has it" in text_of(after.text)
    assert "Acknowledge as" not in text_of(after.text)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Purpose": "prefetch"}),
        ("GET", {"Sec-Purpose": "prefetch;prerender", "Sec-Fetch-Site": "none"}),
        ("GET", {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}),
        ("OPTIONS", {}),
    ],
)
def test_what_fetches_links_for_people_changes_nothing(method: str, headers: dict[str, str]) -> None:
    """Scanners of mail, previews of chats, browsers that guess what is opened next."""
    served = down()
    before = served.head.seq
    with nobody(served) as client:
        answer = client.request(method, path(served), headers=headers)
        assert answer.status_code == (204 if method == "OPTIONS" else 200)
        assert bool(answer.text) == (method == "GET")
        assert answer.headers["cache-control"] == "no-store"
        for followed in ("GET", "HEAD"):
            assert client.request(followed, f"{path(served)}/acknowledge", headers=headers).status_code == 405
    assert served.head.seq == before


def test_a_page_of_another_site_cannot_press_it() -> None:
    served = down()
    with nobody(served) as client:
        answer = client.post(f"{path(served)}/acknowledge", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert acknowledged(served) == []


def test_pressed_twice_it_acts_once_and_says_the_same() -> None:
    served = down()
    with nobody(served) as client:
        answers = [client.post(f"{path(served)}/acknowledge") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [("ana has it" in text_of(answer.text)) for answer in answers] == [True, True]
    assert acknowledged(served) == ["ana"]


def test_who_presses_second_is_told_who_was_first() -> None:
    served = down()
    with nobody(served) as client:
        anas, bogdans = path(served), path(served, "bogdan")
        assert all("Acknowledge as" in text_of(client.get(one).text) for one in (anas, bogdans))
        client.post(f"{bogdans}/acknowledge")
        late = client.post(f"{anas}/acknowledge")
    assert late.status_code == 200
    assert "bogdan has it" in text_of(late.text)
    assert acknowledged(served) == ["bogdan"]


def test_given_back_a_used_link_says_what_happened_and_acts_no_more_until_a_newer_page_comes() -> None:
    served = down()
    used = path(served)
    with nobody(served) as client:
        client.post(f"{used}/acknowledge")
        served.clock.advance(720)
        served.do(Unacknowledge("INC-1", "ana", "I have no network"))
        for answer in (client.get(used), client.post(f"{used}/acknowledge")):
            assert answer.status_code == 200
            said = text_of(answer.text)
            assert "Not acknowledged" in said
            assert "This link acted already" in said
            assert "Acknowledged by ana 12 m ago" in said
            assert "Given back by ana, so that the route starts again: I have no network" in said
            assert "Acknowledge as" not in said
        assert acknowledged(served) == ["ana"]
        newer = path(served)
        assert "Acknowledge as ana" in text_of(client.get(newer).text)
        assert "ana has it" in text_of(client.post(f"{newer}/acknowledge").text)
    assert acknowledged(served) == ["ana", "ana"]


def test_a_link_that_was_used_before_the_incident_was_reopened_stays_used() -> None:
    served = down()
    used = path(served)
    with nobody(served) as client:
        client.post(f"{used}/acknowledge")
        served.clock.advance(60)
        served.do(Resolve("INC-1", "ana", "restarted it"))
        served.do(Reopen("INC-1", "bogdan", "it is down again"))
        said = text_of(client.post(f"{used}/acknowledge").text)
    assert "Reopened by bogdan: it is down again" in said
    assert acknowledged(served) == ["ana"]


def test_the_ledger_names_the_link_without_what_opens_it() -> None:
    served = down()
    used = path(served)
    with nobody(served) as client:
        client.post(f"{used}/acknowledge")
    (fact,) = [one.fact.data for one in served.ledger.rows if isinstance(one.fact.data, IncidentAcknowledged)]
    assert fact.link == f"ana.{served.now() + LIVES_SECONDS * 1000}"


def test_given_back_it_can_be_taken_by_a_link_that_did_nothing_yet() -> None:
    served = down()
    served.do(Acknowledge("INC-1", "bogdan"))
    served.do(Unacknowledge("INC-1", "bogdan", "I have no network"))
    with nobody(served) as client:
        assert "ana has it" in text_of(client.post(f"{path(served)}/acknowledge").text)
    assert acknowledged(served) == ["bogdan", "ana"]


def test_after_the_incident_was_resolved_it_shows_that_and_acts_no_more() -> None:
    served = down()
    served.do(Resolve("INC-1", "bogdan", "restarted it"))
    with nobody(served) as client:
        for answer in (client.get(path(served)), client.post(f"{path(served)}/acknowledge")):
            assert answer.status_code == 200
            assert "Resolved by bogdan" in text_of(answer.text)
            assert "Acknowledge as" not in text_of(answer.text)
    assert acknowledged(served) == []


def test_a_link_that_expired_says_so() -> None:
    served = down()
    with nobody(served) as client:
        old = path(served)
        served.clock.advance(LIVES_SECONDS + 1)
        for answer in (client.get(old), client.post(f"{old}/acknowledge")):
            assert answer.status_code == 404
            assert "expired" in text_of(answer.text)
    assert acknowledged(served) == []


def test_a_link_of_somebody_who_left_neither_shows_nor_acts() -> None:
    served = down()
    anas = path(served)
    left = BINDINGS.replace('[people.ana]\nchannels = ["ana-phone"]\n', "")
    served.adopt(bindings=left.replace('members = ["ana"]', 'members = ["bogdan"]'))
    with nobody(served) as client:
        for answer in (client.get(anas), client.post(f"{anas}/acknowledge")):
            assert answer.status_code == 404
            assert "none of the people in the bindings any more" in text_of(answer.text)
            assert "production is down" not in answer.text
    assert acknowledged(served) == []


@pytest.mark.parametrize(
    "forged", ["x", "INC-1.ana.99999999999999.AAAA", "INC-1.ana.x.", "....", "é", "INC-1.bogdan."]
)
def test_a_forged_link_is_no_link(forged: str) -> None:
    served = down()
    with nobody(served) as client:
        assert client.get(f"/page/{forged}").status_code == 404
        assert client.post(f"/page/{forged}/acknowledge").status_code == 404
    assert acknowledged(served) == []


def test_a_links_person_cannot_be_changed() -> None:
    served = down()
    changed = path(served).replace(".ana.", ".bogdan.")
    with nobody(served) as client:
        assert client.post(f"{changed}/acknowledge").status_code == 404


def test_who_is_signed_in_as_another_still_acts_as_the_person_of_the_link() -> None:
    """It is their page that was opened: on a shared screen, say."""
    served = down()
    with browser(served) as client:
        client.post(f"{path(served)}/acknowledge", headers={"Origin": BASE})
    assert acknowledged(served) == ["ana"]


def test_it_shows_what_stands_near_as_the_page_said_it() -> None:
    """Runbooks of the bindings and deploys before it, for a phone in which nobody is signed in."""
    served = harbour()
    served.adopt(more_bindings=f'[runbooks]\n"{UPTIME}" = "https://wiki.example/down"\n')
    served.do(AnnounceDeploy("production", "1.4.2", "ana", "https://ci.example/812"))
    served.clock.advance(720)
    served.go_down()
    with nobody(served) as client:
        shown = text_of(client.get(path(served)).text)
    assert "https://wiki.example/down Runbook" in shown
    assert "1.4.2" in shown
    assert "12 m before" in shown
