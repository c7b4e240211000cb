"""Words are scikit-learn's, with their marks, and bigrams where a script has no spaces."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from recommender.text.words import is_unsegmented, join_overlapping, words

TOKENS = CountVectorizer(lowercase=False).build_tokenizer()
# Scripts that take every path through the code come up more often than by chance.
TEXT = st.text(
    st.characters(codec="utf-8")
    | st.sampled_from("ab1_ \u2019łŁéΩжё\u0301\u0308शब्द東京のカーไทยកខမြ한국")
    | st.characters(min_codepoint=0x370, max_codepoint=0x20D0)
)


def has_marks(text):
    return any(unicodedata.category(character)[0] == "M" for character in text)


@given(TEXT)
def test_words_of_other_text_are_those_of_scikit_learn(text):
    text = unicodedata.normalize("NFC", text)
    assume(not has_marks(text) and not any(map(is_unsegmented, text)))
    assert words(text) == TOKENS(text)


@given(TEXT)
def test_composed_and_decomposed_text_have_the_same_words(text):
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@given(TEXT)
def test_every_word_is_in_the_text_in_order(text):
    text = unicodedata.normalize("NFC", text)
    end = 0
    for word in words(text):
        start = text.index(word, end)
        end = start + (1 if is_unsegmented(word) else len(word))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2nd Łódź Ελλάδα Москва a_b", ["2nd", "Łódź", "Ελλάδα", "Москва", "a_b"]),
        ("العربية", ["العربية"]),
        ("e\u0301tude", ["étude"]),
        ("हिन्दी की माँ", ["हिन्दी", "की", "माँ"]),
        ("العَرَبِيَّة", ["العَرَبِيَّة"]),
        ("한국어 책", ["한국어"]),
        ("1\ufe0f\u20e3 x", []),
        ("東京電力", ["東京", "京電", "電力"]),
        ("本。水", ["本", "水"]),
        ("霞ヶ関で人々は", ["霞ヶ", "ヶ関", "で", "人々", "は"]),
        ("らーめんとサーバー", ["らー", "ーめ", "めん", "んと", "サー", "ーバ", "バー"]),
        ("ｻｰﾊﾞ", ["ｻｰ", "ｰﾊ", "ﾊﾞ"]),
        ("2026年NHK杯", ["2026", "年", "NHK", "杯"]),
        ("北京的水。", ["北京", "京的", "的水"]),
        ("น้ำท่วม 2569", ["น้ำ", "ำท่", "ท่ว", "วม", "2569"]),
        ("ខ្មែរ", ["ខ្មែ", "មែរ"]),
        ("မြန်မာ", ["မြန်", "န်မာ"]),
        ("ລາວ", ["ລາ", "າວ"]),
    ],
)  # fmt: skip
def test_words_of_every_script(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("letters", "count"),
    [("x", 1), ("é", 1), ("कि", 1), ("東", 299_999), ("サー\u3099", 599_999)],
)
def test_a_very_long_run_of_letters_takes_linear_time(letters, count):
    # In quadratic time this would take minutes.
    assert len(words(letters * 300_000)) == count


@pytest.mark.parametrize(
    ("first", "second", "longer"),
    [
        ("東京", "京都", "東京都"),
        ("東京電", "電力", "東京電力"),
        ("東京", "大阪", None),
        ("京", "京都", None),
        ("東京", "京", None),
        ("anna", "apple", None),
        ("น้ำ", "ำท่", "น้ำท่"),
    ],
)
def test_only_bigrams_that_overlap_merge(first, second, longer):
    assert join_overlapping(first, second) == longer
