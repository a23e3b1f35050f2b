"""How long queries take: from the server's log where that is bound and has them, else from looks at what runs."""

import re
from collections.abc import Iterable
from pathlib import Path

from ...kernel.ports import Sample
from .durations import Durations
from .log import ServerLog, Tails
from .query_log import Logged, Logging, logging_of
from .server import APPLICATION, CONTROL, Server
from .statements import Calls, Controls, Statement, Statements
from .waits import Running

LOOKS = "looks at what runs, ten a second"
_CONTROL = re.compile(CONTROL.replace(r"\M", r"\b"), re.IGNORECASE)
"""PostgreSQL's `\\M` is the end of a word."""


class QueryTimes:
    """`source` says where the last samples came from, in words; `statements` what took how much of the time.

    `limits` (seconds) are bucket bounds; `log` is the path that is bound, None where there is none.
    """

    def __init__(self, server: Server, limits: frozenset[float], log: Path | None, tails: Tails) -> None:
        self._server, self._who = server, server.who
        self.limits = limits
        self._looks = Durations(limits)
        self._log = None if log is None else ServerLog(log, limits, tails, self._is_counted)
        self._controls = Controls()
        self.statements = Statements()
        self.source = LOOKS

    def looked(self, running: Iterable[Running], stands_for: float) -> None:
        self._looks.looked(running, stands_for)

    def close(self) -> None:
        if self._log is not None:
            self._log.close()

    async def samples(self, at: float) -> list[Sample]:
        """Of one instant, `at` in seconds of any clock that goes on. None where nothing can be said."""
        lacks = self._server.lacks
        await self._count(at)
        if self._log is not None:
            found = await self._logged(self._log)
            if "log" not in lacks:
                return found
        self.source = LOOKS
        return [] if {"finished", "running"} & lacks.keys() else self._looks.samples()

    async def _logged(self, log: ServerLog) -> list[Sample]:
        lacks = self._server.lacks
        settings = {row["name"]: row["setting"] for row in await self._server.rows("logging")}
        lacks.pop("log", None)
        if not settings:
            lacks["log"] = "query times cannot be read from the log: its settings cannot be had"
            return []
        logging = logging_of(settings)
        why = logging.lack(self.limits) or self._uncounted(logging)
        why = why or await log.read(logging)
        if why:
            lacks["log"] = f"query times come from looks, not from the log: {why}"
            return []
        self.source = f"the server's log: {logging.part}"
        return log.durations.samples(logging.floor, self.statements.calls)

    def _uncounted(self, logging: Logging) -> str:
        """Those that the log leaves out have to be counted by somebody."""
        if logging.floor > 0 and "finished" in self._server.lacks:
            return "it leaves out short queries, and nobody counts them: set log_min_duration_sample = 0"
        return ""

    def _is_counted(self, one: Logged) -> bool:
        who = self._who
        return (
            one.database == who.database_name and one.user != who.role_name and not _CONTROL.match(one.text)
        )

    async def _count(self, at: float) -> None:
        """How often each statement was called, controls left out."""
        who, server = self._who, self._server
        rows = await server.rows("finished", who.database, who.role)
        if "finished" in server.lacks:
            return
        sharing = await server.rows("shared_role", APPLICATION)
        if sharing and sharing[0]["count"]:
            why = f"the role {who.role_name} is used by others too: give opsguide one of its own"
            server.lacks["finished"] = why
            return
        await self._learn(self._controls.new({row["queryid"] for row in rows}))
        calls: dict[Statement, Calls] = {
            (row["userid"], row["queryid"]): Calls(row["calls"], row["seconds"])
            for row in rows
            if row["queryid"] not in self._controls
        }
        self.statements.finished(calls, at)
        self._looks.finished(self.statements.calls, self.statements.seconds)

    async def _learn(self, new: set[int]) -> None:
        """Which of these statements are controls: their texts are only read once."""
        if new:
            found = await self._server.rows("controls", self._who.database, list(new), CONTROL)
            if "controls" not in self._server.lacks:
                self._controls.learned(new, {row["queryid"] for row in found})
