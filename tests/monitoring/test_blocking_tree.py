"""Who waits for whom, as lines of a tree."""

from opsguide.monitoring.databases.sessions import Session, tree


def session(pid: int, *blockers: int) -> Session:
    return Session(
        pid=pid,
        role="shop",
        application="harbour",
        state="active",
        wait_type="Lock" if blockers else "",
        wait_event="relation" if blockers else "",
        transaction_seconds=1.0,
        query_seconds=1.0,
        state_seconds=1.0,
        query="select 1",
        blockers=blockers,
    )


def drawn(*sessions: Session) -> list[tuple[int, int, int]]:
    return [(line.depth, line.session.pid, line.holds_up) for line in tree(sessions)]


def test_nobody_waits() -> None:
    assert drawn(session(1), session(2)) == []


def test_those_who_wait_stand_below_whom_they_wait_for() -> None:
    assert drawn(session(4, 3), session(2, 1), session(3, 1), session(1), session(9)) == [
        (0, 1, 3),
        (1, 3, 1),
        (2, 4, 0),
        (1, 2, 0),
    ]


def test_who_holds_up_most_leads() -> None:
    assert [
        line[1] for line in drawn(session(1), session(2, 1), session(5), session(6, 5), session(7, 5))
    ] == [
        5,
        6,
        7,
        1,
        2,
    ]


def test_several_blockers_draw_a_session_once() -> None:
    assert drawn(session(1), session(2), session(3, 2, 1)) == [(0, 2, 1), (1, 3, 0)]


def test_a_deadlock_is_drawn_too() -> None:
    assert drawn(session(1, 2), session(2, 1), session(3, 2)) == [(0, 1, 2), (1, 2, 2), (2, 3, 0)]


def test_a_blocker_that_is_not_shown_holds_up_nobody() -> None:
    """A prepared transaction (pid 0), a session of another database."""
    assert drawn(session(2, 0)) == []
