"""Requests that go on as ones before are read as any other: only faster."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.intake.remote_write import RemoteWrite
from opsguide.telemetry.intake.tape import TAIL, Tape
from opsguide.telemetry.store import Limits
from tests.telemetry.test_intake import STALE, START, packed, series


def one(number: int) -> dict[str, str]:
    return {
        "__name__": f"m{number % 7}_total",
        "instance": f"i{number % 5}",
        "job": "app",
        "n": f"{number:04d}",
    }


ORDERS = st.lists(
    st.one_of(
        st.just(list(range(60))),
        st.just(list(range(59, -1, -1))),
        st.just([*range(30), 90, *range(31, 60)]),
        st.permutations(range(40)).map(list),
    ),
    min_size=1,
    max_size=6,
)
CUTS = st.lists(st.integers(0, 60), max_size=3)


def requests(orders: list[list[int]], cuts: list[int], odd: int) -> list[bytes]:
    """All series of each order at one instant, cut into requests; one of them strange."""
    sent = []
    for index, order in enumerate(orders):
        at = START + index * 15_000
        said = []
        for place, number in enumerate(order):
            samples = [(float(place + 100 * index), at)]
            if number == odd:
                samples = (
                    [(STALE, at)] if index % 3 == 0 else [] if index % 3 == 1 else [(1.0, at - 1), (2.0, at)]
                )
            said.append(series(one(number), *samples))
        edges = sorted({0, len(said), *(cut for cut in cuts if cut < len(said))})
        sent += [packed(*said[a:b]) for a, b in itertools.pairwise(edges)]
    return sent


def taken(sent: list[bytes], *, anew: bool, most: int = 1000) -> tuple[object, ...]:
    """What became of requests, read by one way that remembers, or each by a new one."""
    engine = Embedded(Limits(series=most))
    way = RemoteWrite(engine.pushes())
    told = []
    for body in sent:
        received = (RemoteWrite(engine.pushes()) if anew else way).receive(body)
        told.append((received.taken, sorted(received.refused.items())))
    kept = engine.range('count_over_time({__name__=~".+"}[1m])', START, START + 120_000, 15_000)
    newest = engine.range('{__name__=~".+"}', START, START + 120_000, 15_000)
    return told, [(sorted(line.labels.items()), line.times, line.values) for line in (*kept, *newest)]


@settings(max_examples=60)
@given(ORDERS, CUTS, st.integers(0, 70))
def test_any_order_and_any_cut_is_read_as_by_one_who_remembers_nothing(
    orders: list[list[int]], cuts: list[int], odd: int
) -> None:
    sent = requests(orders, cuts, odd)
    assert taken(sent, anew=False) == taken(sent, anew=True)


def test_what_is_over_the_limit_is_refused_each_time() -> None:
    sent = requests([list(range(60))] * 4, [20], 99)
    assert taken(sent, anew=False, most=50) == taken(sent, anew=True, most=50)
    told = taken(sent, anew=False, most=50)[0]
    assert isinstance(told, list)
    assert told[-1][1] == [("series limit", 10)]


def test_an_order_that_came_before_is_compared_in_one_go() -> None:
    tape, said = Tape(), [series(one(number), (float(number), START)) for number in range(60)]
    plain = [entry[2:] if entry[1] < 128 else entry[3:] for entry in said]
    known = {entry[:-TAIL]: 100 + number for number, entry in enumerate(plain)}
    tape.learn(plain, known.values())
    later = [series(one(number), (0.5, START + 15_000)) for number in range(10, 60)]
    numbers, samples, end = tape.read(b"".join(later), known.get)
    assert numbers.tolist() == list(range(110, 160))
    assert (len(samples), end) == (50, sum(map(len, later)))
    tape.forget()
    assert tape.read(b"".join(later), known.get)[2] == 0
