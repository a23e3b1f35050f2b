"""What can be wanted of incidents. Chapters and people use the same ones."""

from msgspec import field

from ..kernel.part import Command


class Open(Command, frozen=True):
    """Open an incident about `key`, or say that it happens again.

    `severity` is a word of the guide, `says` who says it where it is no alert of the guide. Where there is no word,
    `condition` (a term such as `system_down`) is looked up in the definitions of the guide's severities; a label
    `condition` names it too. `labels` are what groups, silences and inhibitions match; `group` puts it together with
    others of the same name, whatever the bindings say. `runbook` is the address of what to do.
    `drill` names the drill that it belongs to, if any: then `tell` and `to` are as in `facts.Drill`.
    """

    key: str
    title: str
    reason: str
    severity: str | None = None
    says: str = ""
    condition: str | None = None
    promise: str | None = None
    kind: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    group: str = ""
    runbook: str = ""
    drill: str = ""
    tell: bool = True
    to: str = ""


class Recover(Command, frozen=True):
    """What the incident about `key` was opened for is over."""

    key: str
    reason: str


class Acknowledge(Command, frozen=True):
    """`by` is the id of a person in the bindings, or any name where none is bound. `link` names the signed link whose
    button it was: a second time it is refused as `link_used`."""

    incident: str
    by: str
    link: str = ""


class Resolve(Command, frozen=True):
    incident: str
    by: str
    reason: str = ""


class AddNote(Command, frozen=True):
    """`key`, if any, names the request: a second one with the same key is refused as `already_noted`."""

    incident: str
    by: str
    text: str
    key: str = ""


class Unacknowledge(Command, frozen=True):
    """Whoever had it cannot go on: it is told again from the start of the route."""

    incident: str
    by: str
    reason: str


class Reopen(Command, frozen=True):
    """A resolved incident is not over; a merged one becomes one of its own again."""

    incident: str
    by: str
    reason: str


class Merge(Command, frozen=True):
    """`incident` is the same trouble as `into`: it goes on there."""

    incident: str
    into: str
    by: str


class Silence(Command, frozen=True):
    """Nobody is told, for `seconds`, of incidents whose labels fulfil all matchers (`alert="slow"`).

    `only_own`: whoever wants it may silence what pages them, for a shift, and nothing else.
    """

    matchers: tuple[str, ...]
    seconds: float
    by: str
    reason: str
    only_own: bool = False


class EndSilence(Command, frozen=True):
    """`only_own`: whoever wants it may end a silence of their own, and no other."""

    silence: str
    by: str
    only_own: bool = False


class NoteTest(Command, frozen=True):
    """A test message went through a channel, because of `by`; `problem` is "" where the provider took it."""

    channel: str
    by: str
    problem: str = ""
    seconds: float | None = None
    person: str = ""


class RevokeFeed(Command, frozen=True):
    """The address of a calendar feed opens nothing any more; `kind` is people or teams."""

    kind: str
    name: str
    by: str


class Tell(Command, frozen=True):
    """Something to know `about` (a word of news.py), once by its `name`: to a person or team of the guide's, "" is who
    is on call. `place` is where the console shows it; `subject` is whose history it belongs to."""

    about: str
    name: str
    title: str
    said: str
    place: str
    subject: str
    to: str = ""
