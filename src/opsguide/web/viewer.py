"""What a person chose for this browser, kept in cookies: the first paint is already right."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import unquote

from msgspec import Struct

Theme = Literal["", "light", "dark"]
THEMES: dict[str, Theme] = {"light": "light", "dark": "dark"}


class Viewer(Struct, frozen=True):
    """`theme` is empty where the system decides; `me` is the id of a person: of who is
    signed in, else a choice; `toured` ends the tour."""

    theme: Theme = ""
    me: str = ""
    toured: bool = False


def viewer(cookies: Mapping[str, str], person: str = "") -> Viewer:
    """`person` is for whom who is signed in acts. Cookies come from outside: whatever is no known choice is none."""
    return Viewer(
        theme=THEMES.get(cookies.get("theme", ""), ""),
        me=person or unquote(cookies.get("me", ""))[:80],
        toured=cookies.get("toured") == "1",
    )
