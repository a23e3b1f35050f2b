"""The signed link by which who is asked for a swap answers it without a login: opening it shows, the buttons act."""

from collections.abc import Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from ...kernel.errors import Refused
from ...kernel.facts import Recorded
from ...web.console import Console
from ...web.errors import NotFound
from ...web.pages import ConsoleDep
from ...web.shell import ShellDep
from ..http_links import opened
from ..links import Link
from ..shown import state_of
from . import rules
from .commands import AnswerSwap
from .facts import SwapAnswered, SwapEnded
from .http import reason_of, shown

TOO_LATE = "unknown_swap"
"""It was answered already, perhaps by the same press twice: the page says how."""


def handlers(link_key: bytes) -> Sequence[ControllerRouterHandler]:
    """`link_key` opens the links."""

    def of_swap(token: str, console: Console) -> Link:
        hint = "sign in and answer it on the page On call, if it still waits"
        return opened(console, token, link_key, "/swap/…", hint)

    @get("/swap/{token:str}", needs="link", include_in_schema=False)
    async def swap_link(token: FromPath[str], console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """What is asked and what it would change; once it was answered, how. Scanners and previews fetch links."""
        link = of_swap(token, console)
        swap = state_of(console).overrides.swaps.get(link.about)
        ending = _ending(console, link.about) if swap is None else None
        if swap is None and ending is None:
            hint = "sign in and look at the page On call"
            raise NotFound(f"there is no swap {link.about}", where="/swap/…", hint=hint)
        return shown(
            shell,
            console,
            "incidents/swap_link.html",
            token=token,
            swap=swap,
            changes=list(rules.swapping(state_of(console), swap, console.now())) if swap is not None else [],
            reason=reason_of(console, swap.team, swap.id) if swap is not None else "",
            said=shell.say(ending) if ending is not None else "",
        )

    async def answer(token: str, console: Console, *, accept: bool) -> Redirect:
        link = of_swap(token, console)
        try:
            command = AnswerSwap(link.about, accept=accept, by=link.person)
            await console.submit(command, actor=f"person:{link.person}")
        except Refused as refused:
            if refused.reason != TOO_LATE:
                raise
        return Redirect(f"/swap/{token}", status_code=303)

    @post("/swap/{token:str}/accept", needs="link", include_in_schema=False)
    async def accept_link(token: FromPath[str], console: ConsoleDep) -> Redirect:
        """The button Accept, as who was asked."""
        return await answer(token, console, accept=True)

    @post("/swap/{token:str}/decline", needs="link", include_in_schema=False)
    async def decline_link(token: FromPath[str], console: ConsoleDep) -> Redirect:
        """The button Decline, as who was asked."""
        return await answer(token, console, accept=False)

    return (swap_link, accept_link, decline_link)


def _ending(console: Console, swap: str) -> Recorded | None:
    """The fact by which it ended: it was answered, taken back, or lapsed."""
    for team in state_of(console).bindings.rotations:
        for one in console.history(rules.subject(team)):
            if isinstance(one.fact.data, SwapAnswered | SwapEnded) and one.fact.data.swap == swap:
                return one
    return None
