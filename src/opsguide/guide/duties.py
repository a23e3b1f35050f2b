"""Reads what is done again and again: backups, restore tests, reviews, rotations. Each chapter keeps its own."""

import re
from collections.abc import Iterator

from ..kernel.promise import Keeper
from .claims import paired
from .lexicon import Hit
from .phrases import Phrase
from .quantities import Measure, Schedule
from .reader import Column, Draft, Item, Rule, Scene
from .values import Duty

_KEEPERS: dict[str, Keeper] = {
    **dict.fromkeys(
        ("backup", "restore_test", "backup_verification", "failover_test", "dr_test", "replication"), "recovery"
    ),
    **dict.fromkeys(
        (
            *("access_review", "rotation", "vulnerability_scan", "penetration_test", "patching", "audit"),
            "certificate_renewal",
        ),
        "security",
    ),
    **dict.fromkeys(("load_test", "forecast", "cleanup"), "performance"),
    **dict.fromkeys(("game_day", "oncall_rotation", "handover"), "incidents"),
    "health_check": "monitoring",
    "maintenance": "maintenance",
}  # fmt: skip
_WEAK = ("backup", "maintenance", "review", "report", "meeting", "replication", "update", "audit", "patching")
_TOPICS_OF_ASIDES = ("pipeline", "severities")


def duties_of(keeper: Keeper) -> Rule:
    """The reader of one chapter."""

    def read(scene: Scene) -> Iterator[Draft]:
        """A recurrence with what recurs: `Testing: Monthly restore tests` (the seed), `daily full + hourly
        incrementals; verify restores weekly` (en_axiom), `Review Cycle: Quarterly` (en_handbook_0210).
        """
        if scene.aside or scene.block.kind in ("heading", "chart") or scene.topic in _TOPICS_OF_ASIDES:
            return
        for item in scene.items:
            if (item.row and item.label.blanked) or item.label.has("aside", "review"):
                continue
            for column in item.values:
                if not column.header.has("column", "action"):
                    yield from _duties(item, column, keeper)
            schedules = item.label.quantities.schedules
            if not item.row and schedules and item.label.of("duty") and not item.body.quantities.schedules:
                # `Annual DR drills: …`
                yield from _duties(item, Column(item, 1, scene.nothing, item.label), keeper)

    return read


def _duties(item: Item, column: Column, keeper: Keeper) -> Iterator[Draft]:
    phrase = column.text
    for schedule in phrase.quantities.schedules:
        start, end = phrase.clause_of(schedule.start)
        kept = [h.start for h in phrase.between("retain", schedule.end, end)]
        if any(start <= m.start < min([end, *kept]) and _is_amount(phrase, m) for m in phrase.measures):
            # `every six hours and retained for 30 days` says two things.
            continue
        found = _what(item, column, schedule, (start, end))
        if found is None:
            continue
        name, hit = found
        if name == "scan" and not item.scene.about("security", "patching") and not phrase.of("patching"):
            # What is scanned elsewhere is scanned for something else.
            continue
        name = _of_access(name, item)
        if _keeper(name, item.scene) != keeper:
            continue
        kind = _kind(phrase, schedule, (start, end)) if name == "backup" else None
        if name == "backup" and kind is None:
            kind = _kind_beside(item)
        scope = _scope(item, name)
        yield Draft(
            keeper=keeper,
            control="duty",
            name=("duty", name, *((kind,) if kind else ()), *((scope,) if scope else ())),
            values=Duty(duty=name, kind=kind, rrule=schedule.rrule, scope=scope),
            items=(item,),
            uses=frozenset({column.key(schedule.start)}),
            qualifier=phrase.text[hit.start : hit.end] if hit else item.label.text,
        )


def _is_amount(phrase: Phrase, m: Measure) -> bool:
    """`in a doua miercuri`: a number word that counts nothing is none, nor is that of `Tier 1`."""
    if m.unit == "count" and m.op is None and _NUMBERED.search(phrase.text, 0, m.start):
        return False
    counted = m.unit != "count" or any(c.isdigit() for c in phrase.text[m.start : m.end])
    return counted and not m.every and m.unit != "factor"


def _what(
    item: Item, column: Column, schedule: Schedule, clause: tuple[int, int]
) -> tuple[str, Hit | None] | None:
    """The duty: in the clause (nearest to the recurrence), else the label, else for a bare recurrence the heading."""
    phrase = column.text
    if column.header.of("duty") and item.row and not item.key_header.of("duty"):
        # `| Full backup | … | monthly |` under `Restore test`
        return column.header.of("duty")[0].name, None
    here = phrase.between("duty", *clause)
    if not {h.name for h in here} & {"dr_test", "failover_test"} and _restores(phrase, schedule, clause):
        return "restore_test", None
    stored = [h for h in phrase.between("store", *clause) if h.name in ("backups", "snapshots")]
    if (
        not here
        and stored
        and not column.text.between("retain", *clause)
        and item.scene.about("backups", "recovery")
    ):
        return "backup", None
    here = _specific(here)
    if here:
        nearest = min(here, key=lambda h: min(abs(h.start - schedule.end), abs(schedule.start - h.end)))
        return _checked(phrase, nearest) or nearest.name, nearest
    if item.row:
        named = _specific(item.label.of("duty"))
        if column.header.has("column", "frequency") and named:
            return named[0].name, None
        # `| Orders database | every 4 hours | 6 months |` where backups are listed
        backups = item.scene.about("backups", within=0) or any(
            c.header.has("duty", "backup") for c in item.columns
        )
        return ("backup", None) if backups and not _says_more(item, phrase, clause) else None
    named = _specific(item.label.of("duty"))
    if named:
        return named[0].name, None
    # `+ hourly` goes on with what was said before it: "daily full + hourly incremental backups".
    if phrase.of("backup_kind") and _around(item, "backup"):
        return "backup", None
    if item.label.text and item.scene.about("backups", within=0) and not _says_more(item, phrase, clause):
        # `Objects: weekly` under `Backups`
        return "backup", None
    if (
        not item.label.has("column", "frequency", "kind")
        or item.label.of("duty")
        or item.label.has("window", "window")
    ):
        return None
    for above in item.scene.outer[:2]:
        named = _specific(above.of("duty"))
        if named:
            return named[0].name, None
    return None


def _checked(phrase: Phrase, backup: Hit) -> str | None:
    """`verify backups twice a year`, `backups are checked twice a year`: no backup is made then."""
    start, end = phrase.clause_of(backup.start)
    joins = [m.span() for m in _JOIN.finditer(phrase.text, start, end)]
    start = max([start, *(b for _, b in joins if b <= backup.start)])
    end = min([end, *(a for a, _ in joins if a >= backup.end)])
    parts = {h.name for h in phrase.between("part", start, end)}
    return (
        "backup_verification"
        if backup.name == "backup" and "test" in parts and "restore" not in parts
        else None
    )


_NUMBERED = re.compile(r"\b(?:tier|level|class|phase|stage|region|zone|site)\s*$", re.I)
_JOIN = re.compile(r"\s(?:and|und|y|et|e|și|si|şi|và)\s")


def _restores(phrase: Phrase, schedule: Schedule, clause: tuple[int, int]) -> bool:
    """`restore … to test`; in `verify backups twice a year and practise recovery` the recovery is another duty."""
    for name in ("restore", "test"):
        places = [h for h in phrase.between("part", *clause) if h.name == name]
        if not any(
            not _JOIN.search(phrase.text, *sorted((min(h.end, schedule.end), max(h.start, schedule.start))))
            for h in places
        ):
            return False
    return True


def _says_more(item: Item, phrase: Phrase, clause: tuple[int, int]) -> bool:
    """Does the clause say anything besides how often?"""
    part = item.scene.analyst.phrase(phrase.text[clause[0] : clause[1]].strip())
    spans = [(s.start, s.end) for s in part.quantities.schedules] + [(m.start, m.end) for m in part.measures]
    spans += [(t.start, t.end) for t in part.quantities.times]
    return len(part.residue(*spans, kinds=("backup_kind", "cadence", "every", "weekday", "times"))) > 1


def _around(item: Item, name: str) -> bool:
    return any(p.has("duty", name) for p in (item.label, *item.scene.outer[:2]))


def _specific(hits: list[Hit]) -> list[Hit]:
    """`verify restores`, `backup restore test`: the word that says most, not the one that only says of what."""
    strong = [h for h in hits if h.name not in _WEAK]
    return strong or [h for h in hits if h.name != "maintenance"]


def _of_access(name: str, item: Item) -> str:
    if name == "scan":
        return "vulnerability_scan"
    if name in ("review", "audit") and (
        item.label.has("topic", "access") or item.scene.about("access", within=0)
    ):
        return "access_review"
    return name


def _keeper(name: str, scene: Scene) -> Keeper:
    known = _KEEPERS.get(name)
    if known is not None:
        return known
    chapter = scene.chapter
    return chapter if chapter is not None else "monitoring"  # type: ignore[return-value]


def _kind(phrase: Phrase, schedule: Schedule, clause: tuple[int, int]) -> str | None:
    """Full, incremental …: the kind that goes with this recurrence."""
    places = [(s.start, s.end) for s in phrase.quantities.schedules if clause[0] <= s.start < clause[1]]
    found = paired(phrase.between("backup_kind", *clause), places, (schedule.start, schedule.end))
    return found.name if found else None


def _kind_beside(item: Item) -> str | None:
    """The kind of backup that the label or another cell of the row names."""
    places = (item.label, *(c.text for c in item.values if not c.text.quantities.schedules))
    found = [h.name for p in places for h in p.of("backup_kind") if len(p.text.split()) <= 3]
    return found[0] if found else None


def _scope(item: Item, name: str) -> str | None:
    """The label, where it names a thing and not the duty itself: `Secrets: rotate quarterly`."""
    label = item.label
    if label.quantities.times:
        return None
    if item.row and not label.of("duty"):
        return label.text or None
    if not label.text or item.row or label.of("duty") or label.of("column") or label.of("cadence"):
        return None
    left = label.residue(kinds=("topic", "objective"))
    return label.text if left or (label.of("topic") and name == "rotation") else None
