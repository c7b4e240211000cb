"""What people are told at work: how long it will take, where that can be told."""

import time

import pytest

from recommender.cli.console import bars


@pytest.fixture
def clock(monkeypatch):
    """The seconds that pass, told to whoever asks for the time."""
    passed = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: passed[0])
    return passed


def reported(clock, reports):
    with bars() as tell:
        for seconds, done in reports:
            clock[0] += seconds
            tell("neighbours", done, 1000)


def test_a_long_phase_says_once_how_long_it_will_take(clock, capsys):
    reported(clock, [(0, 0), (1, 10), (2, 12), (8, 20), (10, 30)])
    assert capsys.readouterr().err == "neighbours: about 16 min to go\n"


@pytest.mark.parametrize(
    "reports",
    [
        pytest.param(
            [(0, 0), (300, 10), (10, 510), (10, 1000)], id="long before the first are done"
        ),
        pytest.param([(0, 0), (1, 10), (4, 20), (1, 900)], id="too early to tell"),
        pytest.param([(0, 0), (300, 0)], id="none is done"),
    ],
)
def test_what_is_soon_over_or_cannot_be_told_is_not_announced(clock, capsys, reports):
    reported(clock, reports)
    assert capsys.readouterr().err == ""
