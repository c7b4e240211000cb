"""Terms are found in a text as articles write them, and the pieces make up the whole text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import highlighted


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
def test_whole_terms_are_highlighted_in_any_case(text, terms, marked):
    assert [piece for piece, is_term in highlighted(text, terms) if is_term] == marked


@given(st.text("ab <.(…é東 \n"), st.lists(st.text("ab <.(…é東")))
def test_the_pieces_together_are_the_text(text, terms):
    assert "".join(piece for piece, _ in highlighted(text, terms)) == text
