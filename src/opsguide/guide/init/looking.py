"""Looks around a guide for what its bindings may be."""

import os
import re
from pathlib import Path
from zoneinfo import available_timezones

from . import compose, git, local
from .found import Found, Guess

_LOCALTIME = Path("/etc/localtime")


def look(guide: Path, *, prometheus: int) -> Found:
    """Files beside the guide and at the top of its repository; what answers on this machine. Never fails.

    `prometheus` is the port of one.
    """
    folder = guide.resolve().parent
    root = git.root_of(folder)
    found = Found(zone=system_zone())
    if root is not None:
        address = git.repository(folder)
        if address is not None:
            found.repository = Guess(address, "the git remote")
        found.people = git.people(folder, root)
        found.service = (
            Guess(address.rsplit("/", 1)[-1], "the git remote")
            if address is not None
            else Guess(root.name, "the name of the repository's folder")
        )
    _compose(found, tuple(dict.fromkeys((folder, root or folder))))
    urls, metrics = local.answering(found.ports)
    scraped = local.scraped_by_prometheus(prometheus)
    found.urls, found.metrics = tuple(urls), (*metrics, *scraped)
    return found


def _compose(found: Found, folders: tuple[Path, ...]) -> None:
    path = compose.find(folders)
    if path is None:
        return
    try:
        found.ports, found.databases = compose.read(path)
    except ValueError as problem:
        found.notes = (*found.notes, f"{path.name} was left out: {problem}")


def system_zone() -> Guess | None:
    """The zone of this machine: TZ, else where /etc/localtime leads. None for UTC, which is the default."""
    said = os.environ.get("TZ", "").removeprefix(":")
    if not said and _LOCALTIME.is_symlink():
        said = re.sub(r"^.*/zoneinfo/(?:posix/|right/)?", "", os.readlink(_LOCALTIME))
    known = said in available_timezones() and said not in ("UTC", "Etc/UTC", "localtime")
    return Guess(said, "this machine's zone") if known else None
