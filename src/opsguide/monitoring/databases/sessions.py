"""Who is connected, what each does, and who waits for whom: what the page of a database shows. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct


class Session(Struct, frozen=True, kw_only=True):
    """One connection. `query` is trimmed; it may hold personal data and stands nowhere but on the page.

    `began` is when it connected, as the server says it. Times in seconds, None where there is none. `blockers` are the
    processes that it waits for; `lock` is what it wants.
    """

    pid: int
    role: str
    application: str
    state: str
    wait_type: str
    wait_event: str
    transaction_seconds: float | None
    query_seconds: float | None
    state_seconds: float | None
    query: str
    began: str = ""
    blockers: tuple[int, ...] = ()
    lock: str = ""
    waited_seconds: float | None = None

    @property
    def cancel(self) -> str:
        """The statement that ends its query; "" where it runs none."""
        return self._end("pg_cancel_backend") if self.state == "active" else ""

    @property
    def terminate(self) -> str:
        """The statement that ends the session, whatever it does."""
        return self._end("pg_terminate_backend")

    def _end(self, function: str) -> str:
        """Of this session only: a process number is used again."""
        since = f" and backend_start = '{self.began}'" if self.began else ""
        return f"select {function}(pid) from pg_stat_activity where pid = {self.pid}{since};"

    @property
    def waits_for_lock(self) -> bool:
        return self.wait_type == "Lock"


class Blocked(Struct, frozen=True):
    """A line of the blocking tree: who holds up those that follow at a greater depth. `holds_up` counts all of them."""

    depth: int
    session: Session
    holds_up: int


def tree(sessions: Iterable[Session]) -> tuple[Blocked, ...]:
    """Root blockers first, each with those who wait for it below; those who hold up most lead.

    A session that waits for several stands below the first of them. A circle (a deadlock that the server has not
    resolved yet) is broken at its lowest process.
    """
    known = {one.pid: one for one in sessions}
    waiting = dict[int, list[int]]()
    for pid in sorted(known):
        first = next((blocker for blocker in known[pid].blockers if blocker in known), None)
        if first is not None and first != pid:
            waiting.setdefault(first, []).append(pid)
    below = {pid for pids in waiting.values() for pid in pids}
    roots = [pid for pid in waiting if pid not in below]
    reached = {one for root in roots for one in _reach(root, waiting)}
    while lost := sorted(set(waiting) - reached):
        roots.append(lost[0])
        reached |= set(_reach(lost[0], waiting))
    sizes = {pid: len(_reach(pid, waiting)) - 1 for pid in reached}
    lines, drawn = list[Blocked](), set[int]()

    def draw(pid: int, depth: int) -> None:
        drawn.add(pid)
        lines.append(Blocked(depth, known[pid], sizes[pid]))
        for one in sorted(waiting.get(pid, ()), key=lambda one: (-sizes[one], one)):
            if one not in drawn:
                draw(one, depth + 1)

    for root in sorted(roots, key=lambda root: (-sizes[root], root)):
        draw(root, 0)
    return tuple(lines)


def _reach(root: int, waiting: Mapping[int, Sequence[int]]) -> list[int]:
    """The root and everybody who waits for it, directly or not."""
    found, rest = [root], [root]
    while rest:
        for one in waiting.get(rest.pop(), ()):
            if one not in found:
                found.append(one)
                rest.append(one)
    return found
