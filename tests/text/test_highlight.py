"""Terms are found in a text as the articles write them, and the pieces are the whole text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import highlighted


def found(text, *terms):
    return [piece for piece, own in highlighted(text, terms) if own]


@pytest.mark.parametrize(
    ("text", "terms", "marked"),
    [
        ("Ferry, ferry, FERRIES", ["ferry"], ["Ferry", "ferry"]),
        ("The Saint Orla sails; a saint", ["Saint Orla", "saint"], ["Saint Orla", "saint"]),
        ("dry-dock", ["dry dock"], ["dry-dock"]),
        ("refit of a gearbox", ["refit … gearbox"], ["refit", "gearbox"]),
        ("C++ (and a.b)", ["a.b", "C++"], ["C++", "a.b"]),
        ("東京電力の", ["東京", "電力"], ["東京", "電力"]),
        ("Łódź", ["łódź"], ["Łódź"]),
        ("nothing", [], []),
    ],
)
def test_terms_stand_out_whole_in_any_capitals(text, terms, marked):
    assert found(text, *terms) == marked


@given(st.text("ab <.(…é東 \n"), st.lists(st.text("ab <.(…é東")))
def test_the_pieces_are_the_text(text, terms):
    assert "".join(piece for piece, _ in highlighted(text, terms)) == text
