"""Names of the bindings for what other tools call otherwise: ids of people and channels, teams, variables."""

import re
import unicodedata
from collections.abc import Container, Mapping

from ..guide.bindings import Bindings
from .model import Person, Schedule


def slug(text: str) -> str:
    """`Ana Pop` → `ana-pop`, in the letters of ASCII where that leaves any."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    for candidate in (plain, unicodedata.normalize("NFC", text)):
        found = re.sub(r"[\W_]+", "-", candidate.casefold()).strip("-")
        if found:
            return found
    return "unnamed"


def free(wanted: str, taken: Container[str]) -> str:
    """The name, or the first of `name-2`, `name-3` … that is not taken."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


class Names:
    """Which id everything gets, beside what the bindings have already: the same person there keeps their id."""

    def __init__(self, bindings: Bindings, teams: Mapping[str, str]) -> None:
        self._bindings = bindings
        self._wanted = {name.casefold(): team.casefold() for name, team in teams.items()}
        self.people: dict[str, str] = {}
        self.teams: dict[str, str] = {}
        self._channels = {*bindings.channels, "inbox"}
        self._variables: set[str] = set()

    def person(self, person: Person) -> tuple[str, bool]:
        """The id, and whether the bindings have this person."""
        wanted = slug(person.handle)
        for known, bound in self._bindings.people.items():
            same = bool(person.name) and bound.name.casefold() == person.name.casefold()
            if same or (known == wanted and not (bound.name and person.name)):
                self.people[person.key] = known
                return known, True
        # A person goes before a team of the same name: none may stand in the way of one.
        teams = {*self._bindings.teams, *self._wanted.values()}
        self.people[person.key] = free(wanted, {*self._bindings.people, *self.people.values(), *teams})
        return self.people[person.key], False

    def team(self, schedule: Schedule) -> str:
        """The guide's word where one was given for this schedule, else made of its name."""
        wanted = self._wanted.get(schedule.name.casefold())
        taken = {*self.teams.values(), *self.people.values(), *self._bindings.people}
        self.teams[schedule.key] = wanted or free(slug(schedule.name), taken)
        return self.teams[schedule.key]

    def channel(self, person: str, kind: str) -> str:
        name = free(f"{person}-{kind}", self._channels)
        self._channels.add(name)
        return name

    def variable(self, of: str) -> str:
        """The name of an environment variable for the URL of a channel or calendar."""
        plain = re.sub(r"\W+", "_", slug(of).upper(), flags=re.ASCII).strip("_") or "CHANNEL"
        wanted = plain if plain[0].isalpha() else f"CHANNEL_{plain}"
        name, number = wanted, 1
        while name in self._variables:
            number += 1
            name = f"{wanted}_{number}"
        self._variables.add(name)
        return name
