"""What deliveries add to every page of the console: deploys as times that were special."""

from collections.abc import Iterator, Mapping

from ..kernel.facts import Data, Recorded
from ..web.console import Console
from ..web.pages import Event, Say
from .deploys import State
from .facts import DeployAnnounced


def state_of(console: Console) -> State:
    state: State = console.state("delivery")
    return state


def events(console: Console) -> Iterator[Event]:
    for one in state_of(console).deploys:
        text = f"{one.version} to {one.environment}, by {one.by}"
        yield Event(
            one.at, one.at, f"Deploy {one.version}", text, one.url or f"/ledger/{one.seq}", kind="deploy"
        )


def announced(recorded: Recorded, names: Mapping[str, str]) -> str:
    data = recorded.fact.data
    assert isinstance(data, DeployAnnounced)
    return f"{data.version} was deployed to {data.environment} by {names.get(data.by, data.by)}"


WORDS: Mapping[type[Data], Say] = {DeployAnnounced: announced}
