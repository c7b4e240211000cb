"""Progress on a stderr that is no terminal: a long phase is announced once."""

import time

import pytest

from recommender.cli.console import progress_bars


@pytest.fixture
def report(monkeypatch):
    """Report progress at given times, as pairs of seconds passed and articles done."""
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def report(steps):
        with progress_bars() as progress:
            for seconds, done in steps:
                clock[0] += seconds
                progress("neighbours", done, 1000)

    return report


def test_a_long_phase_is_announced_once(report, capsys):
    report([(0, 0), (1, 10), (2, 12), (8, 20), (10, 30)])
    assert capsys.readouterr().err == "neighbours: about 16 min left\n"


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([(0, 0), (300, 10), (10, 510), (10, 1000)], id="only the start is slow"),
        pytest.param([(0, 0), (1, 10), (4, 20), (1, 900)], id="too early to estimate"),
        pytest.param([(0, 0), (300, 0)], id="nothing is done"),
    ],
)
def test_a_short_or_unpredictable_phase_is_not_announced(report, capsys, steps):
    report(steps)
    assert capsys.readouterr().err == ""
