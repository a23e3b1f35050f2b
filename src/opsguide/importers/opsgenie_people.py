"""Opsgenie's users with what tells them when; and what its teams decide, for who writes the guide."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from .model import Contact, Kind, Note, Person, Rule
from .opsgenie_shapes import NotificationRule, RoutingRule, RuleContact, Team, User

_KINDS: dict[str, Kind] = {"email": "mail", "voice": "call", "sms": "sms", "mobile": "push"}


def with_rules(
    users: Iterable[User], rules: Iterable[NotificationRule], notes: list[Note]
) -> Iterator[Person]:
    """A rule does not say whose it is: theirs who is reached by what its steps name."""
    people = [_person(user, notes) for user in users]
    owners = {
        one.address.casefold(): person.key for person in people for one in person.contacts if one.address
    }
    made: dict[str, list[Rule]] = {}
    for rule in rules:
        owner = next(
            (found for step in rule.steps or () if (found := owners.get(step.contact.to.casefold()))), ""
        )
        why = _no_equal(rule) or ("" if owner else "does not say whose it is: set it up by hand")
        about = f"notification rule {rule.name}" + (f" of user {owner}" if owner else "")
        if why:
            notes.append(Note("missing", about, why))
            continue
        person = next(one for one in people if one.key == owner)
        for step in rule.steps or ():
            contact = next((one for one in person.contacts if _is(one, step.contact)), None)
            if contact is None or not step.enabled:
                what = f"its step by {step.contact.method} is off, or leads nowhere: left out"
                notes.append(Note("missing", about, what))
            else:
                made.setdefault(owner, []).append(
                    Rule(contact, step.send_after.seconds if step.send_after else 0.0)
                )
    yield from (replace(one, rules=tuple(made.get(one.key, ()))) for one in people)


def _is(contact: Contact, named: RuleContact) -> bool:
    """Of telephones with the app none is named: it is the same push."""
    kind = _KINDS.get(named.method)
    return contact.kind == kind and (kind == "push" or contact.address.casefold() == named.to.casefold())


def _no_equal(rule: NotificationRule) -> str:
    """Why a rule cannot be taken over; "" where it can."""
    if not rule.enabled:
        return "is not enabled: left out"
    if rule.action_type != "create-alert":
        return f"is for `{rule.action_type}`: here rules say how a page reaches somebody"
    if rule.steps is None:
        return "stands in a list without its steps: export GET /v2/users/{user}/notification-rules/{rule}"
    if rule.criteria is not None and rule.criteria.type != "match-all":
        return f"is for alerts with `{rule.criteria.type}`: rules here go by severity, write it by hand"
    return (
        "is for some hours only: rules here go by severity, write it by hand" if rule.time_restriction else ""
    )


def note_of_routing(rule: RoutingRule) -> Note:
    """The guide says who is told; which rule of a team sent what to whom is said for who writes it."""
    which = "all alerts"
    if rule.criteria is not None and rule.criteria.type != "match-all":
        which = f"alerts with `{rule.criteria.type}`"
    when = " in some hours" if rule.time_restriction else ""
    to = f"{rule.notify.type} {rule.notify.name}".rstrip()
    return Note(
        "missing",
        f"routing rule {rule.name or 'without a name'}",
        f"sent {which}{when} to {to}: say in the guide who is told",
    )


def note_of_team(team: Team) -> Note:
    return Note(
        "missing",
        f"team {team.name}",
        "has no equal here: a team is whom the guide's route names, which schedules are",
    )


def _person(user: User, notes: list[Note]) -> Person:
    others = sorted({one.contact_method for one in user.user_contacts} - _KINDS.keys())
    if others:
        what = f"is reached by {', '.join(others)} too, which has no equal here"
        notes.append(Note("missing", f"user {user.id or user.username}", what))
    contacts = [
        Contact(_KINDS[one.contact_method], "" if one.contact_method == "mobile" else one.to)
        for one in user.user_contacts
        if one.contact_method in _KINDS
    ]
    if not contacts and "@" in user.username:
        contacts = [Contact("mail", user.username)]
    return Person(
        key=user.id or user.username,
        handle=user.username.partition("@")[0],
        name=user.full_name or "",
        contacts=tuple(contacts),
    )
