"""Settings of the vectors that make no sense are refused."""

import pytest
from pydantic import ValidationError

from recommender.vectors.settings import VectorSettings


@pytest.mark.parametrize(
    "settings",
    [
        {"title_weight": -1},
        {"title_weight": float("inf")},
        {"idf_power": float("nan")},
        {"idf_power": float("inf")},
        {"pair_weight": 1},
        {"tag_weight": 1},
        {"min_pair_df": 0},
        {"stop_words": "klingon"},
        {"language": "klingon"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_setting_that_makes_no_sense_is_refused(settings):
    with pytest.raises(ValidationError):
        VectorSettings(**settings)
