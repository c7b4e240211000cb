"""A sketch of a text tells how much of it stands in another, within the error that is promised."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.articles.article import Article
from recommender.copies.shingles import SHORT, MOST_WORDS, WORDS
from recommender.copies.sketches import Sketch, Sketches

RANDOM = np.random.default_rng(7)


def words(count):
    """Words that stand nowhere else."""
    return [f"w{number}" for number in RANDOM.integers(1 << 40, size=count)]


def story(count):
    return " ".join(words(count))


def shared(*bodies, **fields):
    """How much of the first text stands in the second, or of that in it, as estimated."""
    sketches = Sketches.of(Article(id=str(n), body=body, **fields) for n, body in enumerate(bodies))
    [share] = sketches.containment(sketches[0], np.array([1], np.int32))
    return float(share)


def truly_shared(one, other):
    one, other = (
        {tuple(text[at : at + WORDS]) for at in range(len(text) - WORDS + 1)}
        for text in (one.split(), other.split())
    )
    return len(one & other) / min(len(one), len(other))


@given(st.integers(0, 400), st.integers(150, 400))
def test_a_part_of_a_text_stands_in_it_whole(start, length):
    text = [f"word{number}" for number in range(800)]
    assert shared(" ".join(text), " ".join(text[start : start + length])) == pytest.approx(1)


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_the_estimate_is_unbiased_and_errs_as_little_as_promised(kept):
    errors = []
    for _ in range(60):
        text = words(400)
        size = int(kept * len(text))
        one, other = " ".join(text), " ".join([*text[:size], *words(400 - size)])
        errors.append(shared(one, other) - truly_shared(one, other))
    # 397 shingles, of which a quarter is kept.
    error = np.sqrt(kept * (1 - kept) / 99)
    assert abs(np.mean(errors)) < 4 * error / np.sqrt(len(errors))
    assert np.std(errors) < 1.3 * error


def test_different_texts_share_nothing():
    assert max(shared(story(800), story(800)) for _ in range(20)) < 0.02


def test_case_marks_and_markup_make_no_difference():
    text = [f"Don’t say ‘{word}’ – twice…" for word in words(60)]
    plain = " ".join(text)
    html = "".join(f"<p>{part.replace('’', chr(39)).upper()}</p>" for part in text)
    assert shared(plain, html) == 1


def test_a_headline_does_not_count_in_a_long_text():
    body = story(200)
    sketches = Sketches.of(
        Article(id=title, title=title, body=body) for title in ("Ferry late", story(30))
    )
    assert sketches.containment(sketches[0], np.array([1])).tolist() == [1]


@pytest.mark.parametrize("count", [1, 3, 4, SHORT // 2])
def test_a_short_text_is_shared_if_it_is_the_same_word_for_word(count):
    text = story(count)
    assert shared(text, text.upper(), title="Ferry") == 1
    assert shared(text, f"{text} more", title="Ferry") == 0
    assert shared(text, f"{text} {story(400)}", title="Ferry") == 0


def test_a_short_text_under_another_headline_is_another():
    sketches = Sketches.of(
        Article(id=title, title=title, body="Watch the film.") for title in ("Ferry", "Wolves")
    )
    assert sketches.containment(sketches[0], np.array([1])).tolist() == [0]


@pytest.mark.parametrize("body", ["", "<p> </p>", "!!!"])
def test_of_a_headline_alone_nothing_is_known(body):
    assert shared(body, body, title="Letters to the editor") == 0
    assert len(Sketch.of(Article(id="a", title="Letters to the editor", body="")).fingerprints) == 0


def test_what_many_articles_have_makes_no_copies_of_them():
    form = story(300)
    bodies = [f"{story(100)} {form}" for _ in range(30)]
    sketches = Sketches.of(Article(id=body[:9], body=body) for body in bodies)
    others = np.arange(1, 30, dtype=np.int32)
    assert sketches.containment(sketches[0], others).max() < 0.25
    assert shared(*bodies[:2]) > 0.7


@pytest.mark.parametrize("count", [2, 20, 300])
def test_a_text_in_many_articles_is_shared_by_all_of_them(count):
    body = story(120)
    sketches = Sketches.of(Article(id=str(row), body=body) for row in range(count))
    others = np.arange(1, count, dtype=np.int32)
    assert sketches.containment(sketches[0], others).tolist() == [1] * (count - 1)


@pytest.mark.parametrize(
    "letters", ["東京電力福島原発事故調査委員会報告書", "น้ำท่วมกรุงเทพมหานครวันนี้", "ကမ္ဘာ့သတင်း"]
)
def test_scripts_without_spaces_are_read_by_their_characters(letters):
    def text(seed):
        return "".join(np.random.default_rng(seed).choice(list(letters), 900))

    one, other = text(1), text(2)
    assert shared(one, f"{other[:300]}。{one[300:]}") > 0.5
    assert shared(one, other) < 0.1


def test_a_text_is_read_up_to_its_bound():
    text = words(MOST_WORDS + 500)
    long, longer = " ".join(text[:MOST_WORDS]), " ".join(text)
    assert len(Sketch.of(Article(id="a", body=longer)).fingerprints) == pytest.approx(
        len(Sketch.of(Article(id="b", body=long)).fingerprints), abs=1
    )
    assert shared(longer, long) > 0.99


@pytest.mark.parametrize("body", ["\U0001f600" * 200, "é" * 5000, "a " * 5000, "\ufeff", "\0 \0"])
def test_odd_texts_are_no_trouble(body):
    assert 0 <= shared(body, body) <= 1
    assert shared(body, story(100)) == 0


def test_a_sketch_alone_has_the_prints_it_has_among_others():
    bodies = [story(200) for _ in range(5)]
    articles = [Article(id=body[:9], body=body) for body in bodies]
    sketches = Sketches.of(articles)
    for row, article in enumerate(articles):
        assert sketches[row].fingerprints.tolist() == Sketch.of(article).fingerprints.tolist()
        assert sketches[row].weights.tolist() == Sketch.of(article).weights.tolist()


def test_an_archive_of_nothing_has_no_sketches():
    assert Sketches.of([]).starts.tolist() == [0]


def test_composed_and_latin_letters_count_as_letters():
    text = " ".join(f"Łódź naïve {word}" for word in words(40))
    assert shared(text, unicodedata.normalize("NFC", text)) == 1
    assert len(Sketch.of(Article(id="a", body=text)).fingerprints) > 10
