"""Spellings of one tag have one key; other tags have other keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.text.tags import tag_key

SAME = [
    ["E-mail", "email", "e mail", "E\u2011Mail", "ｅｍａｉｌ"],
    ["U.S.", "US", "U. S."],
    ["Health Care", "healthcare", "Health_Care"],
    ["#MeToo", "Me Too"],
    ["COVID-19", "Covid 19", "covid19"],
    ["Xi'an", "Xi’an", "Xian"],
    ["“Hamilton”", "Hamilton"],
    ["2020-21", "2020 - 21"],
    ["10\u00a0000", "10 000"],
    ["col·lecció", "col.lecció"],
    ["인공 지능", "인공지능"],
    ["ﾃﾚﾋﾞ・ラジオ", "テレビラジオ"],
    ["می\u200cخواهم", "میخواهم"],
    ["صـــنعاء", "صنعاء"],
    ['צה"ל', "צה״ל", "צהל"],
    ["हिन्दी-समाचार", "हिन्दी समाचार"],
]
DIFFERENT = [
    ["9/11", "911", "9-11"],
    ["10 000", "10000"],
    ["C", "C++", "C#", "C*"],
    [".NET", "Net"],
    ["R&D", "RD"],
    ["#1", "1", "-1", "$1", "1%"],
    ["año", "ano"],
    ["schön", "schon"],
    ["हिन्दी", "हिन्द"],
    # No rule for endings is right in every language, or for names.
    ["Windows", "window"],
    ["AIDS", "aid"],
    ["news", "new"],
]


@pytest.mark.parametrize("tags", SAME, ids=lambda tags: tags[0])
def test_tags_that_differ_only_in_case_and_joining_signs_have_one_key(tags):
    assert len({tag_key(tag) for tag in tags}) == 1


@pytest.mark.parametrize("tags", DIFFERENT, ids=lambda tags: tags[0])
def test_tags_that_may_mean_something_else_have_other_keys(tags):
    assert len({tag_key(tag) for tag in tags}) == len(tags)


@given(st.text(max_size=20) | st.text("aé1٣٤-# ./\u0301\u200c東ー・ßǅᏣ", max_size=8))
def test_the_key_of_a_key_is_the_same_key_in_lower_case_and_never_empty(tag):
    key = tag_key(tag)
    assert tag_key(key) == key
    assert bool(key) == bool(tag)
    assert key == key.lower()
