"""Whether the copy that trains multiplies in bfloat16."""

from itertools import cycle

import pytest

from fer_core.training import fast_graph

BUSY = 4.0
"""How much slower everything is for a moment, when the processor has other work."""


@pytest.mark.parametrize(("float32", "bfloat16", "worthwhile"), [(12.0, 6.6, True), (12.0, 9.0, False), (12.0, 24.0, False)])
@pytest.mark.parametrize("busy_rounds", [(), range(10), range(10, 20), range(1, 20)])
def test_bfloat16_is_chosen_by_its_speed_while_the_processor_is_busy_at_times(
    monkeypatch, float32, bfloat16, worthwhile, busy_rounds
) -> None:
    turns = cycle([(round_, seconds) for round_ in range(20) for seconds in (float32, bfloat16)])

    def seconds(_product) -> float:
        round_, taken = next(turns)
        return taken * BUSY if round_ in busy_rounds else taken

    monkeypatch.setattr(fast_graph, "_seconds", seconds)
    fast_graph.half_is_faster.cache_clear()
    try:
        assert fast_graph.half_is_faster() is worthwhile
    finally:
        fast_graph.half_is_faster.cache_clear()
