import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.text.tags import tag_key

TWINS = [
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
STRANGERS = [
    ["9/11", "911", "9-11"],
    ["10 000", "10000"],
    ["C", "C++", "C#", "C*"],
    [".NET", "Net"],
    ["R&D", "RD"],
    ["#1", "1", "-1", "$1", "1%"],
    ["año", "ano"],
    ["schön", "schon"],
    ["हिन्दी", "हिन्द"],
    # No rule that takes endings off is right in every language, or for names.
    ["Windows", "window"],
    ["AIDS", "aid"],
    ["news", "new"],
]


@pytest.mark.parametrize("tags", TWINS, ids=lambda tags: tags[0])
def test_spellings_that_differ_in_what_joins_their_parts_are_one_tag(tags):
    assert len({tag_key(tag) for tag in tags}) == 1


@pytest.mark.parametrize("tags", STRANGERS, ids=lambda tags: tags[0])
def test_what_may_be_another_word_number_or_sign_is_another_tag(tags):
    assert len({tag_key(tag) for tag in tags}) == len(tags)


@given(st.text(max_size=20))
def test_a_tags_key_is_stable(tag):
    assert tag_key(tag_key(tag)) == tag_key(tag) == tag_key(tag).lower()


@given(st.text(st.sampled_from("aé1٣٤-# ./\u0301\u200c東ー・ßǅᏣ"), max_size=8))
def test_a_key_of_odd_signs_is_stable_and_never_empty(tag):
    assert tag_key(tag_key(tag)) == tag_key(tag)
    assert bool(tag_key(tag)) == bool(tag)
