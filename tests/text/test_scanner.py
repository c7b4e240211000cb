"""The scanner finds the words that ``words`` finds, in every script, and numbers them."""

import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.text import scanner as scan
from recommender.text.scanner import WordForms
from recommender.text.words import is_plain, words

# Scripts of every path through the code come up more often than by chance.
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


def read(forms, texts):
    """Scan texts and return the words of each."""
    numbers, lengths = forms.scan(texts)
    assert (numbers.dtype, lengths.dtype) == (np.int32, np.int64)
    assert int(lengths.sum()) == len(numbers)
    names = forms.since(0)
    ends = np.cumsum([0, *lengths]).tolist()
    return [[names[number] for number in numbers[low:high]] for low, high in pairwise(ends)]


@given(st.lists(TEXT, max_size=8))
@settings(max_examples=400)
def test_it_finds_the_words_that_words_finds(texts):
    assert read(WordForms(), texts) == list(map(words, texts))


@given(st.lists(st.lists(TEXT, max_size=4), max_size=5))
def test_batch_after_batch_forms_keep_their_numbers_and_are_counted(batches):
    forms = WordForms()
    told = []
    for texts in batches:
        before = forms.since(0)
        assert read(forms, texts) == list(map(words, texts))
        assert forms.since(0)[: len(before)] == before
        assert forms.since(len(before)) == forms.since(0)[len(before) :]
        told += [word for text in texts for word in words(text)]
    assert len(forms) == len(set(told))
    assert dict(zip(forms.since(0), forms.counts().tolist(), strict=True)) == {
        word: told.count(word) for word in told
    }


def test_forms_are_numbered_as_they_first_appear():
    texts = ["Red fox, red", "Fox red hen"]
    forms = WordForms()
    assert forms.scan(texts)[0].tolist() == [0, 1, 2, 3, 2, 4]
    assert forms.since(0) == ["Red", "fox", "red", "Fox", "hen"]


@pytest.mark.parametrize("plane", range(17))
def test_every_character_is_read_as_words_reads_it(plane):
    """Alone, inside a word, at its end, twice, and before a mark."""
    codes = range(0x10000 * plane, 0x10000 * (plane + 1))
    # Past the third plane there is little but private use and unassigned.
    characters = [chr(code) for code in codes if not 0xD800 <= code < 0xE000]
    told = characters[:: 1 if plane < 2 else 97]
    texts = [f"{c} a{c}b ab{c} {c}{c} {c}\u0301" for c in told]
    assert read(WordForms(), texts) == list(map(words, texts))
    # A text that needs no care, for those that can be read without it.
    texts = [f"{c} a{c}b ab{c} {c}{c}" for c in told]
    assert read(WordForms(), texts) == list(map(words, texts))


def test_no_two_plain_characters_compose():
    """What lets a text of them be read without being normalised first."""
    composed = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    for character in composed:
        parts = unicodedata.normalize("NFD", character)
        if len(parts) > 1 and unicodedata.is_normalized("NFC", character):
            assert not all(map(is_plain, parts)), character


def test_texts_of_many_scripts_stand_in_one_batch():
    texts = [
        "", "Ferry late", "東京電力のサーバー", "", "हिन्दी की माँ", "Łódź", "Ελλάδα 🙂 ок",
        "한국어 책", "e\u0301tude", "น้ำท่วม 2569", " ", "a b c",
        "\u1112\u1161\u11ab\u1100\u116e\u11a8", "x" * 70_000,
    ]  # fmt: skip
    for batch in (texts, texts[::-1], texts * 3, texts[1:2], [], [""], ["東"]):
        assert read(WordForms(), batch) == list(map(words, batch))


@pytest.mark.parametrize("letter", ["x", "é", "ж", "東", "한", "𝔉"])
def test_a_very_long_word_is_one_form(letter):
    word = letter * 40_000
    forms = WordForms()
    assert read(forms, [word, f"short {word}"]) == [words(word), words(f"short {word}")]


def test_tables_grow_over_many_batches_and_lose_nothing():
    forms = WordForms()
    told = []
    random = np.random.default_rng(3)
    for size in (1, 10, 3000, 40_000, 7, 20_000):
        batch = [f"w{number} ŵ{number % 97}" for number in random.integers(0, 60_000, size)]
        batch += ["ą" * int(length) for length in random.integers(2, 400, 20)]
        assert read(forms, batch) == list(map(words, batch))
        told += [word for text in batch for word in words(text)]
    assert forms.since(0) == list(dict.fromkeys(told))
    assert int(forms.counts().sum()) == len(told)
    assert len(forms) > 20_000


def test_words_that_are_part_of_others_are_told_apart():
    texts = ["ab", "abc", "bc", "abcabc", "ab\u0105", "\u0105ab", "aab"]
    assert read(WordForms(), texts) == [[text] for text in texts]


# Few letters, of one to four bytes: words that begin alike, of about 8, 16 and 24 bytes.
@given(st.lists(st.text("ab1é𝔉 ", max_size=80), max_size=4))
@settings(max_examples=200)
def test_words_that_begin_alike_are_told_apart(texts):
    forms = WordForms()
    assert read(forms, texts) == list(map(words, texts))
    assert len(set(forms.since(0))) == len(forms)


def test_words_of_every_length_that_differ_in_one_byte_are_told_apart():
    whole = "abcdefghijklmnopqrstuvwxyz0123456789"
    told = [whole[:size] for size in range(2, len(whole))]
    told += [word[:at] + "_" + word[at + 1 :] for word in told for at in range(len(word))]
    for texts in (told, [" ".join(told)], [" ".join(told[::-1])]):
        forms = WordForms()
        for _ in range(2):
            assert [word for text in read(forms, texts) for word in text] == " ".join(texts).split()
        assert len(forms) == len(set(told))
        assert set(forms.counts().tolist()) == {2}


@pytest.mark.parametrize("letter", ["é", "ж", "ẞ", "東", "한", "𝔉", "’", "🙂"])
def test_a_letter_of_many_bytes_stands_anywhere_in_a_word(letter):
    texts = [
        f"{' ' * shift}{'a' * before}{letter}{'b' * after}{letter} {letter}"
        for shift in range(3)
        for before in range(18)
        for after in (0, 1, 7)
    ]
    assert read(WordForms(), texts) == list(map(words, texts))


@pytest.mark.parametrize("size", [2, 7, 8, 9, 15, 16, 17, 24])
def test_a_word_ends_with_its_text(size):
    texts = ["x" * size, "x" * size, "", "é" + "x" * size, "x" * (size - 1) + "é", "x" * size]
    assert read(WordForms(), texts) == list(map(words, texts))


def test_a_nul_parts_words():
    texts = [f"{'a' * size}{nuls}b{nuls}cc" for size in range(2, 18) for nuls in ("\0", "\0\0")]
    assert read(WordForms(), texts) == list(map(words, texts))


def test_words_that_differ_in_nuls_at_their_end_are_told_apart(monkeypatch):
    """No text has any, but a short word's key would be the same."""
    monkeypatch.setattr(scan, "words", lambda text: text.removeprefix("東").split("|"))
    told = ["\0" * nuls for nuls in range(1, 12)]
    told += ["a" * size + "\0" * nuls for size in range(1, 18) for nuls in range(4)]
    for _ in range(2):
        assert read(WordForms(), ["東" + "|".join(told)]) == [told]


def mixed(number):
    number = (number ^ number >> 32) * int(scan._PRIME) % 2**64
    return number ^ number >> 32


@pytest.mark.parametrize("begin", ["", "samesame"])
def test_long_words_of_one_hash_are_told_apart(begin):
    """The second half of each is chosen so that the halves' hashes are the same in the end."""
    letters = "".join(filter(str.isalnum, map(chr, range(128))))
    pairs = {ord(a) ^ ord(b): (a, b) for a in letters for b in letters}
    state = len(begin) + 16
    if begin:
        state = mixed(state ^ int.from_bytes(begin.encode(), "little"))
    first, told = "FirstOne", []
    for number in range(100_000):
        second = f"other{number:03}"[-8:]
        halves = [int.from_bytes(half.encode(), "little") for half in (first, second)]
        others = (mixed(state ^ halves[0]) ^ mixed(state ^ halves[1])).to_bytes(8, "little")
        if all(byte in pairs for byte in others):
            ends = zip(*(pairs[byte] for byte in others), strict=True)
            told = [
                begin + half + "".join(e) for half, e in zip((first, second), ends, strict=True)
            ]
            break
    keys = [
        scan._key(np.frombuffer(word.encode(), np.uint8), np.uint64(0), np.uint64(len(word)))
        for word in told
    ]
    assert keys[0] == keys[1]
    assert told[0] != told[1]
    forms = WordForms()
    assert forms.scan([" ".join(told), " ".join(told[::-1])])[0].tolist() == [0, 1, 1, 0]
    assert forms.since(0) == told


@pytest.mark.parametrize("name", ["{:06}", "article{:06}", "anarticleofnumber{:06}", "é{:06}ж"])
def test_the_first_forms_are_found_when_many_have_come(name):
    forms = WordForms()
    told = [name.format(number) for number in range(30_000)]
    for start in range(0, len(told), 1000):
        forms.scan([" ".join(told[start : start + 1000])])
    assert forms.since(0) == told
    assert forms.scan(told)[0].tolist() == list(range(len(told)))
    assert set(forms.counts().tolist()) == {2}
