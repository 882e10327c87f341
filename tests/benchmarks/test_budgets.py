"""Budgets are ratios to the yardstick, and every piece of work can be done; what it takes is measured elsewhere."""

import pytest

from benchmarks import budgets
from benchmarks.budgets import Budget


@pytest.mark.parametrize(("limit", "over"), [(3.1, []), (3.0, []), (2.9, ["work"])])
def test_work_is_over_its_limit_when_it_takes_more_yardsticks(monkeypatch, capsys, limit, over):
    passed = [0.0]

    def take(seconds: float) -> None:
        passed[0] += seconds

    monkeypatch.setattr(budgets, "yardstick", lambda: take(2))
    found = budgets.measure([Budget("work", lambda: lambda: take(6), limit)], clock=lambda: passed[0])
    assert found == over
    assert capsys.readouterr().out == f"    3.00 of at most {limit:g} yardsticks  work (6.00 s of work)\n"


@pytest.mark.parametrize("budget", budgets.BUDGETS[1:], ids=lambda budget: budget.title)
def test_work_runs_on_what_is_prepared(budget):
    budget.prepare()()
