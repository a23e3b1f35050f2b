"""What a browser remembers of a person, and that nothing else comes of a cookie."""

import pytest
from litestar.testing import TestClient

from opsguide.web.viewer import Viewer, viewer
from tests.web.served import harbour

BASE = "http://127.0.0.1:8470"


def test_choices_are_read_from_cookies() -> None:
    assert viewer({"theme": "dark", "me": "an%C3%A1", "toured": "1"}) == Viewer("dark", "aná", True)


@pytest.mark.parametrize("theme", ["", "Dark", "sepia", 'dark" onload="alert(1)', "\x00"])
def test_a_theme_that_is_none_is_the_systems(theme: str) -> None:
    assert viewer({"theme": theme}).theme == ""


def test_the_first_paint_has_the_chosen_theme_and_person() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        client.cookies.update({"theme": "dark", "me": "bogdan"})
        html = client.get("/").text
    assert '<html lang="en" data-theme="dark">' in html
    assert '<option value="bogdan" selected>' in html
    assert 'href="/?person=bogdan"' in html


def test_a_person_who_is_not_there_is_nobody() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        client.cookies.set("me", "<script>alert(1)</script>")
        html = client.get("/").text
    assert "<script>alert" not in html
    assert "Only what I have to do with" not in html
