"""The scanner finds the words that ``words`` finds, in every script, and numbers them."""

import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.kernels.layout import GOLDEN
from recommender.text.scanner import WordForms, _key
from recommender.text.words import is_plain, words

# Scripts that take every path through the code come up more often than by chance.
CHARACTERS = (
    st.characters(codec="utf-8")
    | st.sampled_from("ab1_ \n\t\r\0\x1f\x85\u2028\u2019\u200b\u200d\ufeff\ufffd\U0010ffff")
    | st.sampled_from("łŁéΩжёßŉẞıİﬃǅªº²½٣०߀")
    | st.sampled_from("\u0301\u0308\u0327\u0345\u05bc\u064e\u093f\u0e31\u20dd\u20e3\ufe0f\u3099")
    | st.sampled_from("शब्द東京のカーｻﾞไทยกខမြລາ한국\u1112\u1161\u11ab\U00020000々ヶ〇")
    | st.sampled_from(
        "🙂👩\u200d🚀🇵🇱𝔉𝟙𐍈𒀀\U0001f1e6\U0001f9ff\U0001fbf0\U0001fc00\U0001ffff\U00020001"
    )
    | st.characters(min_codepoint=0x370, max_codepoint=0x20D0)
    | st.characters(min_codepoint=0xAC00, max_codepoint=0xD7FF)
)
TEXT = st.text(CHARACTERS, max_size=60)


def scan(forms, texts):
    """Scan texts and return the words of each."""
    numbers, lengths = forms.scan(texts)
    assert (numbers.dtype, lengths.dtype) == (np.int32, np.int64)
    assert int(lengths.sum()) == len(numbers)
    names = forms.since(0)
    ends = np.cumsum([0, *lengths]).tolist()
    return [[names[number] for number in numbers[low:high]] for low, high in pairwise(ends)]


@given(st.lists(TEXT, max_size=8))
@settings(max_examples=400)
def test_it_finds_the_words_of_the_reference(texts):
    assert scan(WordForms(), texts) == list(map(words, texts))


@given(st.lists(st.lists(TEXT, max_size=4), max_size=5))
def test_forms_keep_their_numbers_and_are_counted_over_batches(batches):
    forms = WordForms()
    every_word = []
    for texts in batches:
        before = forms.since(0)
        assert scan(forms, texts) == list(map(words, texts))
        assert forms.since(0)[: len(before)] == before
        assert forms.since(len(before)) == forms.since(0)[len(before) :]
        every_word += [word for text in texts for word in words(text)]
    counts = dict(zip(forms.since(0), forms.counts().tolist(), strict=True))
    assert counts == Counter(every_word)
    assert len(forms) == len(counts)


def test_forms_are_numbered_as_they_first_appear():
    texts = ["Red fox, red", "Fox red hen"]
    forms = WordForms()
    assert forms.scan(texts)[0].tolist() == [0, 1, 2, 3, 2, 4]
    assert forms.since(0) == ["Red", "fox", "red", "Fox", "hen"]


@pytest.mark.parametrize("plane", range(17))
def test_every_character_is_read_as_in_the_reference(plane):
    """Alone, inside a word, at its end, twice, and before a mark."""
    codes = range(0x10000 * plane, 0x10000 * (plane + 1))
    # Past the third plane there is little but private use and unassigned.
    characters = [chr(code) for code in codes if not 0xD800 <= code < 0xE000]
    sample = characters[:: 1 if plane < 2 else 97]
    texts = [f"{c} a{c}b ab{c} {c}{c} {c}\u0301" for c in sample]
    assert scan(WordForms(), texts) == list(map(words, texts))
    # Without the mark, which needs care in any text.
    texts = [f"{c} a{c}b ab{c} {c}{c}" for c in sample]
    assert scan(WordForms(), texts) == list(map(words, texts))


def test_no_two_plain_characters_compose():
    """So a text of plain characters need not be normalized first."""
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    for character in characters:
        parts = unicodedata.normalize("NFD", character)
        if len(parts) > 1 and unicodedata.is_normalized("NFC", character):
            assert not all(map(is_plain, parts)), character


def test_texts_of_many_scripts_may_be_in_one_batch():
    texts = [
        "", "Ferry late", "東京電力のサーバー", "", "हिन्दी की माँ", "Łódź", "Ελλάδα 🙂 ок",
        "한국어 책", "e\u0301tude", "น้ำท่วม 2569", " ", "a b c",
        "\u1112\u1161\u11ab\u1100\u116e\u11a8", "x" * 70_000,
    ]  # fmt: skip
    for batch in (texts, texts[::-1], texts * 3, texts[1:2], [], [""], ["東"]):
        assert scan(WordForms(), batch) == list(map(words, batch))


@pytest.mark.parametrize("letter", ["x", "é", "ж", "東", "한", "𝔉"])
def test_a_very_long_word_is_one_form(letter):
    word = letter * 40_000
    forms = WordForms()
    assert scan(forms, [word, f"short {word}"]) == [words(word), words(f"short {word}")]


def test_tables_that_grow_lose_nothing():
    forms = WordForms()
    every_word = []
    random = np.random.default_rng(3)
    for size in (1, 10, 3000, 40_000, 7, 20_000):
        batch = [f"w{number} ŵ{number % 97}" for number in random.integers(0, 60_000, size)]
        batch += ["ą" * int(length) for length in random.integers(2, 400, 20)]
        assert scan(forms, batch) == list(map(words, batch))
        every_word += [word for text in batch for word in words(text)]
    assert forms.since(0) == list(dict.fromkeys(every_word))
    assert int(forms.counts().sum()) == len(every_word)
    assert len(forms) > 20_000


def test_words_that_are_part_of_others_are_other_forms():
    texts = ["ab", "abc", "bc", "abcabc", "ab\u0105", "\u0105ab", "aab"]
    assert scan(WordForms(), texts) == [[text] for text in texts]


# Few letters, of one to four bytes: words that begin alike, of about 8, 16 and 24 bytes.
@given(st.lists(st.text("ab1é𝔉 ", max_size=80), max_size=4))
@settings(max_examples=200)
def test_words_that_begin_alike_are_different_forms(texts):
    forms = WordForms()
    assert scan(forms, texts) == list(map(words, texts))
    assert len(set(forms.since(0))) == len(forms)


def test_words_that_differ_in_one_byte_are_different_forms():
    whole = "abcdefghijklmnopqrstuvwxyz0123456789"
    similar = [whole[:size] for size in range(2, len(whole))]
    similar += [word[:at] + "_" + word[at + 1 :] for word in similar for at in range(len(word))]
    for texts in (similar, [" ".join(similar)], [" ".join(similar[::-1])]):
        forms = WordForms()
        for _ in range(2):
            assert [word for text in scan(forms, texts) for word in text] == " ".join(texts).split()
        assert len(forms) == len(set(similar))
        assert set(forms.counts().tolist()) == {2}


@pytest.mark.parametrize("letter", ["é", "ж", "ẞ", "東", "한", "𝔉", "’", "🙂"])
def test_a_letter_of_many_bytes_may_be_anywhere_in_a_word(letter):
    texts = [
        f"{' ' * shift}{'a' * before}{letter}{'b' * after}{letter} {letter}"
        for shift in range(3)
        for before in range(18)
        for after in (0, 1, 7)
    ]
    assert scan(WordForms(), texts) == list(map(words, texts))


@pytest.mark.parametrize("size", [2, 7, 8, 9, 15, 16, 17, 24])
def test_a_word_ends_with_its_text(size):
    texts = ["x" * size, "x" * size, "", "é" + "x" * size, "x" * (size - 1) + "é", "x" * size]
    assert scan(WordForms(), texts) == list(map(words, texts))


def test_a_nul_separates_words():
    texts = [f"{'a' * size}{nuls}b{nuls}cc" for size in range(2, 18) for nuls in ("\0", "\0\0")]
    assert scan(WordForms(), texts) == list(map(words, texts))


def mix(number):
    """Mix the bits of a 64-bit number as the scanner's hash does."""
    number = (number ^ number >> 32) * int(GOLDEN) % 2**64
    return number ^ number >> 32


def collision(begin):
    """Two different words that begin with ``begin`` and have one hash.

    The second half of each is chosen so that the hashes of the halves cancel each other out.
    """
    letters = "".join(filter(str.isalnum, map(chr, range(128))))
    pairs = {ord(a) ^ ord(b): (a, b) for a in letters for b in letters}
    state = len(begin) + 16
    if begin:
        state = mix(state ^ int.from_bytes(begin.encode(), "little"))
    first = "FirstOne"
    for number in range(100_000):
        second = f"other{number:03}"[-8:]
        hashes = (mix(state ^ int.from_bytes(half.encode(), "little")) for half in (first, second))
        difference = (next(hashes) ^ next(hashes)).to_bytes(8, "little")
        if all(byte in pairs for byte in difference):
            ends = zip(*(pairs[byte] for byte in difference), strict=True)
            return [begin + half + "".join(next(ends)) for half in (first, second)]
    raise AssertionError("no collision")


@pytest.mark.parametrize("begin", ["", "samesame"])
def test_long_words_of_one_hash_are_different_forms(begin):
    first, second = collision(begin)
    encoded = [np.frombuffer(word.encode(), np.uint8) for word in (first, second)]
    keys = [_key(word, np.uint64(0), np.uint64(len(word))) for word in encoded]
    assert keys[0] == keys[1]
    assert first != second
    forms = WordForms()
    numbers, _ = forms.scan([f"{first} {second}", f"{second} {first}"])
    assert numbers.tolist() == [0, 1, 1, 0]
    assert forms.since(0) == [first, second]


@pytest.mark.parametrize("name", ["{:06}", "article{:06}", "anarticleofnumber{:06}", "é{:06}ж"])
def test_the_first_forms_are_still_found_after_many_others(name):
    forms = WordForms()
    names = [name.format(number) for number in range(30_000)]
    for start in range(0, len(names), 1000):
        forms.scan([" ".join(names[start : start + 1000])])
    assert forms.since(0) == names
    assert forms.scan(names)[0].tolist() == list(range(len(names)))
    assert set(forms.counts().tolist()) == {2}
