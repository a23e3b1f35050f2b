"""What pg_stat_statements counted, from reading to reading."""

from opsguide.monitoring.databases.statements import LATELY_SECONDS, Calls, Controls, Statements


def test_counting_begins_with_the_first_reading() -> None:
    statements = Statements()
    statements.finished({(1, 1): Calls(1000, 5.0)}, at=0)
    assert statements.calls == 0
    statements.finished({(1, 1): Calls(1010, 5.5), (1, 2): Calls(1, 0.25)}, at=15)
    assert (statements.calls, statements.seconds) == (11, 0.75)


def test_statistics_that_are_reset_go_on_from_nothing() -> None:
    statements = Statements()
    statements.finished({(1, 1): Calls(1000, 5.0)}, at=0)
    statements.finished({(1, 1): Calls(1010, 5.5)}, at=15)
    statements.finished({(1, 1): Calls(4, 0.25), (1, 2): Calls(6, 1.0)}, at=30)
    assert (statements.calls, statements.seconds) == (20, 1.75)


def test_those_that_took_most_time_lately_lead_and_old_ones_are_forgotten() -> None:
    statements = Statements()
    statements.finished({(1, 1): Calls(0, 0.0), (1, 2): Calls(0, 0.0)}, at=0)
    statements.finished({(1, 1): Calls(9, 9.0), (1, 2): Calls(2, 1.0)}, at=15)
    seconds, top = statements.top(1)
    assert (seconds, top, statements.lately) == (15, [((1, 1), Calls(9, 9.0))], 10.0)
    for turn in (1, 2, 3):
        statements.finished(
            {(1, 1): Calls(9, 9.0), (1, 2): Calls(2 + turn, 1.0 + turn)}, at=turn * LATELY_SECONDS
        )
    seconds, top = statements.top(5)
    assert LATELY_SECONDS <= seconds <= 2 * LATELY_SECONDS
    assert [one for one, _ in top] == [(1, 2)]
    assert statements.is_recent((1, 2))
    assert not statements.is_recent((1, 1))


def test_a_text_is_asked_for_once_while_the_server_counts_its_statement() -> None:
    controls = Controls()
    assert controls.new({1, 2}) == {1, 2}
    controls.learned({1, 2}, {2})
    assert (1 in controls, 2 in controls) == (False, True)
    assert controls.new({1, 2, 3}) == {3}


def test_a_statement_that_is_counted_no_more_is_forgotten() -> None:
    controls = Controls()
    controls.learned({1, 2}, {2})
    assert controls.new({1}) == set()
    assert 2 not in controls
    assert controls.new({1, 2}) == {2}
