"""What is packed comes out again, bit for bit."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from opsguide.telemetry.columns import ABSENT, PRESENT, STALE
from opsguide.telemetry.disk.tiles import pack, pack_times, unpack, unpack_times

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 9))
NUMBERS = st.one_of(
    st.integers(-(2**53), 2**53).map(float),
    st.floats(),
    st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324]),
)


@given(st.data())
def test_values_and_what_their_cells_mean(data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    values = data.draw(arrays.arrays(np.float64, shape, elements=NUMBERS))
    cells = data.draw(arrays.arrays(np.uint8, shape, elements=st.sampled_from([ABSENT, PRESENT, STALE])))
    read, seen = unpack(pack(values, cells), *shape)
    assert (seen == cells).all()
    there = cells == PRESENT
    assert (read.view(np.uint64) == values.view(np.uint64))[there].all()


@given(st.lists(st.integers(-(2**50), 2**50)))
def test_instants(instants: list[int]) -> None:
    times = np.array(instants, np.int64)
    assert unpack_times(pack_times(times), len(times)).tolist() == instants


def test_counters_take_about_a_byte_a_sample() -> None:
    grown = np.cumsum(np.random.default_rng(1).poisson(20, (64, 480)), axis=1).astype(np.float64)
    assert len(pack(grown, np.full(grown.shape, PRESENT, np.uint8))) < 1.1 * grown.size
