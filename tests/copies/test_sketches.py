"""Sketches estimate how much of a text is in another, within the promised error."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.articles.article import Article
from recommender.copies.groups import MIN_CONTAINMENT
from recommender.copies.shingles import MOST_WORDS, SHORT, WORDS
from recommender.copies.sketches import Sketch, Sketches

RANDOM = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def _same_texts_in_any_order_of_tests(monkeypatch):
    monkeypatch.setitem(globals(), "RANDOM", np.random.default_rng(8))


def words(count):
    """Words that are in no other text."""
    return [f"w{number}" for number in RANDOM.integers(1 << 40, size=count)]


def story(count):
    return " ".join(words(count))


def containment(*bodies, **fields):
    """The estimate of how much of the first text is in the second, or of that in it."""
    sketches = Sketches.of(Article(id=str(n), body=body, **fields) for n, body in enumerate(bodies))
    [share] = sketches.containment(sketches[0], np.array([1], np.int32))
    return float(share)


def exact_containment(one, other):
    one, other = (
        {tuple(text[at : at + WORDS]) for at in range(len(text) - WORDS + 1)}
        for text in (one.split(), other.split())
    )
    return len(one & other) / min(len(one), len(other))


@given(st.integers(0, 400), st.integers(150, 400))
def test_a_part_of_a_text_is_contained_whole(start, length):
    text = [f"word{number}" for number in range(800)]
    part = text[start : start + length]
    assert containment(" ".join(text), " ".join(part)) == pytest.approx(1)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_the_estimate_is_unbiased_and_has_the_promised_error(share):
    errors = []
    for _ in range(60):
        text = words(400)
        # The other text is the longer one by far, so always the share of the first is estimated.
        one, other = " ".join(text), " ".join([*text[: int(share * 400)], *words(800)])
        errors.append(containment(one, other) - exact_containment(one, other))
    # 397 shingles, of which a quarter is kept.
    standard_error = np.sqrt(share * (1 - share) / 99)
    assert abs(np.mean(errors)) < 4 * standard_error / np.sqrt(len(errors))
    assert np.std(errors) < 1.3 * standard_error


def test_different_texts_share_nothing():
    assert max(containment(story(800), story(800)) for _ in range(20)) < 0.05


def test_case_punctuation_and_markup_make_no_difference():
    text = [f"Don’t say ‘{word}’ – twice…" for word in words(60)]
    html = "".join(f"<p>{part.replace('’', chr(39)).upper()}</p>" for part in text)
    assert containment(" ".join(text), html) == 1


def test_a_headline_does_not_count_in_a_long_text():
    body = story(200)
    sketches = Sketches.of(
        Article(id=title, title=title, body=body) for title in ("Ferry late", story(30))
    )
    assert sketches.containment(sketches[0], np.array([1])).tolist() == [1]


@pytest.mark.parametrize("count", [1, 3, 4, SHORT // 2])
def test_a_short_text_is_a_copy_only_of_the_same_words(count):
    text = story(count)
    assert containment(text, text.upper(), title="Ferry") == 1
    assert containment(text, f"{text} more", title="Ferry") == 0
    assert containment(text, f"{text} {story(400)}", title="Ferry") == 0


def test_a_short_text_with_another_headline_is_another():
    sketches = Sketches.of(
        Article(id=title, title=title, body="Watch the film.") for title in ("Ferry", "Wolves")
    )
    assert sketches.containment(sketches[0], np.array([1])).tolist() == [0]


@pytest.mark.parametrize("body", ["", "<p> </p>", "!!!"])
def test_a_headline_alone_has_no_fingerprints(body):
    assert containment(body, body, title="Letters to the editor") == 0
    assert len(Sketch.of(Article(id="a", title="Letters to the editor", body="")).fingerprints) == 0


def test_text_that_many_articles_have_makes_no_copies_of_them():
    form = story(300)
    bodies = [f"{story(100)} {form}" for _ in range(30)]
    sketches = Sketches.of(Article(id=body[:9], body=body) for body in bodies)
    others = np.arange(1, 30, dtype=np.int32)
    among_many = sketches.containment(sketches[0], others).max()
    assert among_many < MIN_CONTAINMENT < containment(*bodies[:2])


@pytest.mark.parametrize("count", [2, 20, 300])
def test_a_whole_text_in_many_articles_is_contained_in_all(count):
    body = story(120)
    sketches = Sketches.of(Article(id=str(row), body=body) for row in range(count))
    others = np.arange(1, count, dtype=np.int32)
    assert sketches.containment(sketches[0], others).tolist() == [1] * (count - 1)


@pytest.mark.parametrize(
    "letters", ["東京電力福島原発事故調査委員会報告書", "น้ำท่วมกรุงเทพมหานครวันนี้", "ကမ္ဘာ့သတင်း"]
)
def test_scripts_without_spaces_are_read_by_characters(letters):
    def text(seed):
        return "".join(np.random.default_rng(seed).choice(list(letters), 900))

    one, other = text(1), text(2)
    assert containment(one, f"{other[:300]}。{one[300:]}") > 0.5
    assert containment(one, other) < 0.1


def test_a_text_is_read_up_to_its_bound():
    text = words(MOST_WORDS + 500)
    long, longer = " ".join(text[:MOST_WORDS]), " ".join(text)
    assert len(Sketch.of(Article(id="a", body=longer)).fingerprints) == pytest.approx(
        len(Sketch.of(Article(id="b", body=long)).fingerprints), abs=1
    )
    assert containment(longer, long) > 0.99


@pytest.mark.parametrize("body", ["\U0001f600" * 200, "é" * 5000, "a " * 5000, "\ufeff", "\0 \0"])
def test_odd_texts_share_nothing_with_a_story(body):
    assert 0 <= containment(body, body) <= 1
    assert containment(body, story(100)) == 0


def test_a_sketch_alone_is_the_sketch_among_others():
    bodies = [story(200) for _ in range(5)]
    articles = [Article(id=body[:9], body=body) for body in bodies]
    sketches = Sketches.of(articles)
    for row, article in enumerate(articles):
        assert sketches[row].fingerprints.tolist() == Sketch.of(article).fingerprints.tolist()
        assert sketches[row].weights.tolist() == Sketch.of(article).weights.tolist()


def test_an_empty_archive_has_no_sketches():
    assert Sketches.of([]).starts.tolist() == [0]


def test_accented_and_composed_letters_count_as_letters():
    text = " ".join(f"Łódź naïve {word}" for word in words(40))
    assert containment(text, unicodedata.normalize("NFC", text)) == 1
    assert len(Sketch.of(Article(id="a", body=text)).fingerprints) > 10
