"""What is kept of the last look is what looking anew would give."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.plots.envelope import Envelope
from app.plots.kept_columns import KeptColumns

CHUNKS = st.lists(
    st.one_of(st.integers(1, 900), st.tuples(st.just("skip"), st.integers(1, 4000))), min_size=1, max_size=25
)


@given(
    chunks=CHUNKS,
    length=st.integers(50, 3000),
    window=st.integers(20, 3000),
    count=st.integers(5, 200),
    max_values=st.sampled_from([400, 10**6]),
)
@settings(max_examples=120, deadline=None)
def test_columns_are_those_of_an_envelope_that_is_looked_at_for_the_first_time(
    chunks: list, length: int, window: int, count: int, max_values: int
) -> None:
    random = np.random.default_rng(0)
    often, once = Envelope(2, length, max_values), Envelope(2, length, max_values)
    for chunk in chunks:
        if isinstance(chunk, tuple):
            often.skip(chunk[1])
            once.skip(chunk[1])
        else:
            samples = random.normal(size=(chunk, 2))
            often.append(samples)
            once.append(samples)
        once._kept.forget()
        end = float(often.end - 1)
        seen, anew = often.columns(end - window, end, count), once.columns(end - window, end, count)
        np.testing.assert_array_equal(seen.at, anew.at)
        np.testing.assert_array_equal(seen.low, anew.low)
        np.testing.assert_array_equal(seen.high, anew.high)


def test_only_new_columns_are_worked_out() -> None:
    kept, asked = KeptColumns(), []

    def work_out(begin: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        asked.append((begin, end))
        values = np.arange(begin, end, dtype=float)[None, :]
        return values, values + 0.5

    for wanted, settled in (((0, 10), (0, 9)), ((2, 12), (0, 11)), ((2, 12), (0, 11)), ((1, 11), (1, 11))):
        low, high = kept.look("columns", wanted, settled, work_out)
        assert low.tolist() == [list(map(float, range(*wanted)))]
        assert (high == low + 0.5).all()
    assert asked == [(0, 10), (9, 12), (11, 12), (1, 2)]
    kept.look("other columns", (1, 11), (1, 11), work_out)
    kept.forget()
    kept.look("other columns", (1, 11), (1, 11), work_out)
    assert asked[4:] == [(1, 11), (1, 11)]
