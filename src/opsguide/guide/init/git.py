"""What git knows: the repository's address, and who works on it."""

import re
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from .found import Somebody

MAX_PEOPLE = 8
_SECONDS = 10
_OWNERS = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
_MAX_OWNERS = 100_000
_SCP = re.compile(r"(?:[\w.-]+@)?([\w.-]+):(?!//)/?(.+)")
_BOT = re.compile(r"\[bot\]|\b(?:bot|dependabot|renovate|ci|github actions|root)\b", re.I)


def root_of(folder: Path) -> Path | None:
    """The top of the working tree that the folder is in."""
    found = _git(folder, "rev-parse", "--show-toplevel")
    return Path(found[0]) if found else None


def repository(folder: Path) -> str | None:
    """The address of `origin`, else of the first remote, as a browser opens it; without credentials."""
    remotes = _git(folder, "remote")
    if not remotes:
        return None
    urls = _git(folder, "remote", "get-url", "origin" if "origin" in remotes else remotes[0])
    return web_address(urls[0]) if urls else None


def web_address(remote: str) -> str | None:
    """`git@host:owner/repo.git` and the like as https; None for what no browser opens, as a folder."""
    scp = _SCP.fullmatch(remote)
    if scp is not None and "://" not in remote:
        host, path = scp[1], scp[2]
    else:
        try:
            split = urlsplit(remote)
            is_web = split.scheme in ("http", "https")
            # A port is the web server's only where git speaks HTTP, too.
            port = f":{split.port}" if is_web and split.port else ""
        except ValueError:
            return None
        if split.scheme not in ("http", "https", "ssh", "git") or not split.hostname:
            return None
        if split.scheme == "http":
            return f"http://{split.hostname}{port}/{_bare(split.path)}"
        host, path = f"{split.hostname}{port}", split.path
    return f"https://{host}/{_bare(path)}"


def _bare(path: str) -> str:
    return path.strip("/").removesuffix(".git")


def people(folder: Path, root: Path) -> tuple[Somebody, ...]:
    """Who owns code, and who wrote most of it; no bots. At most MAX_PEOPLE."""
    found: dict[str, Somebody] = {}
    for login in _owners(root):
        found.setdefault(login.casefold(), Somebody(id=login.casefold(), forge=login))
    for name in _authors(folder):
        somebody = Somebody(id=id_of(name, found), name=name)
        if somebody.id:
            found[somebody.id] = somebody
    return tuple(found.values())[:MAX_PEOPLE]


def id_of(name: str, taken: Iterable[str]) -> str:
    """`Ana Pop` → `ana`, else `ana-pop` where there is an Ana already; empty for a name without letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", (plain if plain.strip() else name).casefold())
    choices = [words[0], "-".join(words)] if words else []
    return next((choice for choice in choices if choice not in set(taken)), "")


def _authors(folder: Path) -> Iterator[str]:
    for line in _git(folder, "shortlog", "-s", "-n", "HEAD"):
        name = line.partition("\t")[2].strip()
        if name and not _BOT.search(name):
            yield name


def _owners(root: Path) -> Iterator[str]:
    """People of CODEOWNERS; `@group/team` is no person."""
    for name in _OWNERS:
        path = root / name
        if path.is_file():
            with path.open("r", encoding="utf-8", errors="replace") as file:
                for line in file.read(_MAX_OWNERS).splitlines():
                    yield from re.findall(r"(?<=\s)@([\w-][\w.-]*)(?=\s|$)", line.partition("#")[0])
            return


def _git(folder: Path, *arguments: str) -> list[str]:
    """The lines that git says; none where it fails, hangs or is not there."""
    try:
        ran = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return ran.stdout.decode(errors="replace").splitlines()
