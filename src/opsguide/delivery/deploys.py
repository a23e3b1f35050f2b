"""Deploys that were announced: most incidents begin near one. Pure."""

from collections.abc import Iterable

from msgspec import Struct, field

from ..guide.keeping import Keeping
from ..kernel.clock import Instant, after
from ..kernel.facts import Recorded
from ..kernel.links import is_web_link
from ..kernel.part import Answer, Refusal, Said
from ..kernel.promise import Keeper
from .commands import AnnounceDeploy
from .facts import DeployAnnounced

DEPLOYS_KEPT = 500
"""So many stay at hand; older ones are on the ledger."""

NEAR_SECONDS = 2 * 3600.0
"""A deploy so long before an incident may have caused it: most bad ones show within the hour."""


class Deploy(Struct, frozen=True):
    """One deploy; `seq` is its fact."""

    seq: int
    at: Instant
    environment: str
    version: str
    by: str
    url: str
    key: str


class State(Keeping, kw_only=True):
    """The latest deploys, oldest first."""

    keeper: Keeper = "delivery"
    deploys: list[Deploy] = field(default_factory=list)


def announce(state: State, command: AnnounceDeploy, _now: Instant) -> Answer:
    environment, version = command.environment.strip().casefold(), command.version.strip()
    if not environment or not version:
        return Refusal("empty_deploy", "a deploy needs an environment and a version")
    if command.url and not is_web_link(command.url):
        return Refusal(
            "malformed_url", f"`{command.url}` is no http(s) address", "leave it out, or give the run's page"
        )
    if command.key and any(one.key == command.key for one in state.deploys):
        return Refusal(
            "already_announced", "this deploy was announced before", "send another key for another one"
        )
    fact = DeployAnnounced(environment, version, command.by, command.url, command.key)
    return (Said(fact, f"environment:{environment}"),)


def announced(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, DeployAnnounced)
    deploy = Deploy(
        seq=recorded.seq,
        at=recorded.fact.at,
        environment=data.environment,
        version=data.version,
        by=data.by,
        url=data.url,
        key=data.key,
    )
    state.deploys = [*state.deploys, deploy][-DEPLOYS_KEPT:]


def near(deploys: Iterable[Deploy], at: Instant) -> list[Deploy]:
    """Those within two hours before an instant, the latest first."""
    start = after(at, -NEAR_SECONDS)
    return [one for one in deploys if start <= one.at <= at][::-1]
