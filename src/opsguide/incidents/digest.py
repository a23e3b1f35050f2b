"""What a person was never told because their channel did not work: once it is over, one digest says so. Pure."""

from collections.abc import Iterator, Sequence

from ..kernel.clock import Instant, after, rfc3339
from ..kernel.intent import Intent
from ..kernel.part import Said
from .escalation import DIGEST, NOTICES_COME_AFTER
from .health import is_cut_off
from .oncall import INBOX
from .page import MOST_NAMED, Page
from .state import Delivery, Incident, Missed, Stale, State

LIVES_SECONDS = 7 * 86_400.0
MOST_KEPT = 1_000
"""Of one channel; of more, the oldest are forgotten here and stand on the ledger."""


def gone(state: State, incident: Incident, sent: Delivery, at: Instant) -> None:
    """Fold a page that is not sent any more: missed, unless somebody had it or it reached them otherwise."""
    tried = sent.attempts > 0 or is_cut_off(state, sent.channel)
    if sent.channel == INBOX or not tried or incident.acknowledged_at is not None:
        return
    own = [one for one in incident.deliveries.values() if one.person == sent.person and one.channel != INBOX]
    if any(one.state == "done" for one in own):
        return
    stale = state.stale.setdefault(f"{sent.person}/{sent.channel}", Stale())
    stale.missed[incident.id] = Missed(title=f"[{incident.severity}] {incident.title}", at=at)
    while len(stale.missed) > MOST_KEPT:
        del stale.missed[next(iter(stale.missed))]


def decided(state: State, intent: Intent) -> None:
    """Fold that a digest is on its way."""
    state.digests += 1
    state.stale[_place(intent)].intent = intent.key


def over(state: State, key: str, upto: Instant) -> None:
    """Fold that a digest of all until an instant was taken, or given up."""
    place = key.split("/", 2)[2]
    stale = state.stale.get(place)
    if stale is None or stale.intent != key:
        return
    left = {name: one for name, one in stale.missed.items() if one.at > upto}
    if left:
        state.stale[place] = Stale(missed=left)
    else:
        del state.stale[place]


def due(state: State, now: Instant) -> Iterator[Said]:
    """One digest a person and channel at a time; what is missed meanwhile is in it as well."""
    for number, (place, stale) in enumerate(state.stale.items(), state.digests + 1):
        if stale.intent:
            continue
        person, channel = place.split("/")
        digest = Intent(
            key=f"{DIGEST}/{number}/{place}",
            deed=DIGEST,
            args={"person": person, "channel": channel},
            reason=f"{channel} did not work while incidents came and went",
            deadline=after(now, LIVES_SECONDS),
            priority=2 * NOTICES_COME_AFTER,
        )
        yield Said(digest, f"intent:{digest.key}")


def compose(state: State, intent: Intent, service: str, link_base: str) -> Page:
    """All that was missed until now, the newest first."""
    stale = state.stale.get(_place(intent), Stale())
    missed: Sequence[tuple[str, Missed]] = sorted(stale.missed.items(), key=lambda pair: -pair[1].at)
    lines = [
        f"While {intent.args['channel']} did not work, this came and went, and nobody had to do anything about it:",
        *(f"- {name} {one.title}, over {rfc3339(one.at)}" for name, one in missed[:MOST_NAMED]),
    ]
    if len(missed) > MOST_NAMED:
        lines.append(f"- and {len(missed) - MOST_NAMED} others")
    many = f"{len(missed)} incidents" if len(missed) != 1 else "an incident"
    return Page(
        f"{service}: {many} you were not told of", "\n".join([*lines, f"All of them: {link_base}/incidents"])
    )


def _place(intent: Intent) -> str:
    return f"{intent.args['person']}/{intent.args['channel']}"
