"""Words, pairs and tags are counted where they stand."""

from collections import Counter as Tally

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.article import Article
from recommender.counts import (
    CHUNK,
    MAX_WORDS,
    OPENING,
    REST,
    SUMMARY,
    TITLE,
    WORD_BITS,
    Counter,
    Lexicon,
    tag_key,
)

STOP = frozenset(["the", "of", "and"])


class Only:
    """One language, of a few stop words; used as ``Languages`` is."""

    def __init__(self, stop_words=frozenset()):
        self.stop_words = stop_words

    def code(self, language):
        return None

    def analyzer(self, code):
        return lambda form: None if form.lower() in self.stop_words else form.lower()


def counter(lead_words=120, stop_words=STOP):
    return Counter(Lexicon(Only(stop_words)), Lexicon(Only()), lead_words)


def counted(articles, **settings):
    counting = counter(**settings)
    return counting, list(counting.chunks(articles))


def words_of(counting, counts):
    """Counts as {(article, word): [title, summary, opening, rest]}."""
    names = list(counting.words.terms)
    return {
        (int(article), names[term]): tf.tolist()
        for article, term, tf in zip(counts.article, counts.term, counts.tf, strict=True)
    }


def pairs_of(counting, chunk):
    """Pairs as {(first, second): [times, of which touching]}."""
    names = list(counting.words.terms)
    found = Tally()
    touching = Tally()
    for term, tf, touch in zip(chunk.pairs.term, chunk.pairs.tf, chunk.touching, strict=True):
        pair = names[term >> WORD_BITS], names[term & (MAX_WORDS - 1)]
        found[pair] += int(tf.sum())
        touching[pair] += int(touch)
    return {pair: [found[pair], touching[pair]] for pair in found}


def test_a_word_is_counted_in_each_place_it_stands():
    article = Article(id="a", title="Ferry", summary="Ferry ferry", body="Ferry FERRY late Ferry")
    counting, [chunk] = counted([article], lead_words=2)
    assert (TITLE, SUMMARY, OPENING, REST) == (0, 1, 2, 3)
    assert words_of(counting, chunk.words) == {
        (0, "ferry"): [1, 2, 2, 1],
        (0, "late"): [0, 0, 0, 1],
    }


def test_stop_words_are_not_counted_but_take_a_place_in_the_opening():
    article = Article(id="a", body="the ferry of the islands")
    counting, [chunk] = counted([article], lead_words=2)
    assert words_of(counting, chunk.words) == {
        (0, "ferry"): [0, 0, 1, 0],
        (0, "islands"): [0, 0, 0, 1],
    }


def test_pairs_bridge_stop_words_and_know_whether_they_touch():
    article = Article(id="a", body="Bank of England and Bank England. Governor of the Bank")
    counting, [chunk] = counted([article])
    assert pairs_of(counting, chunk) == {
        ("bank", "england"): [2, 1],
        ("england", "bank"): [1, 0],
        ("england", "governor"): [1, 1],
        ("governor", "bank"): [1, 0],
    }


def test_pairs_do_not_cross_from_field_to_field_or_article_to_article():
    one = Article(id="a", title="red", summary="fox", body="hen")
    two = Article(id="b", title="owl")
    counting, [chunk] = counted([one, two])
    assert pairs_of(counting, chunk) == {}


def test_a_pair_stands_where_its_first_word_stands():
    article = Article(id="a", body="red fox hen")
    _, [chunk] = counted([article], lead_words=1)
    assert chunk.pairs.tf.tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]


def test_a_word_that_fills_an_article_is_counted_up_to_the_limit_without_overflow():
    article = Article(id="a", body="ferry " * 70_000)
    _, [chunk] = counted([article], lead_words=0)
    assert chunk.words.tf.tolist() == [[0, 0, 0, 65535]]
    assert chunk.pairs.tf.tolist() == [[0, 0, 0, 65535]]
    assert chunk.touching.tolist() == [65535]


def test_an_article_without_words_has_no_counts():
    counting, [chunk] = counted([Article(id="a", title="!!!"), Article(id="b", title="The of")])
    assert chunk.articles == 2
    assert (len(chunk.words.term), len(chunk.pairs.term), len(chunk.tags.term)) == (0, 0, 0)
    assert counting.written_forms() == {}


def test_no_articles_are_no_chunks():
    assert counted([])[1] == []


def test_chunks_change_no_count():
    texts = [f"Common word{number % 7} and own{number}" for number in range(2 * CHUNK + 1)]
    articles = [Article(id=str(number), title=text) for number, text in enumerate(texts)]
    counting, chunks = counted(iter(articles))
    assert [chunk.articles for chunk in chunks] == [CHUNK, CHUNK, 1]
    found = {}
    for number, chunk in enumerate(chunks):
        for (article, word), tf in words_of(counting, chunk.words).items():
            found[number * CHUNK + article, word] = tf
    assert found == {
        (row, word): [1, 0, 0, 0]
        for row in range(len(articles))
        for word in ("common", f"word{row % 7}", f"own{row}")
    }


def test_counts_are_ordered_by_article_then_term():
    articles = [
        Article(id=str(n), title=f"w{n} w{n % 3} common", tags=["x", f"t{n % 4}", f"t{n % 3}"])
        for n in range(20)
    ]
    _, [chunk] = counted(articles)
    for counts in (chunk.words, chunk.pairs, chunk.tags):
        keys = list(zip(counts.article.tolist(), counts.term.tolist(), strict=True))
        assert keys == sorted(set(keys))


def test_a_tag_counts_once_an_article_however_it_is_spelt():
    articles = [
        Article(id="a", title="x", tags=["Harbour Council", "harbour  council", "Ferries"]),
        Article(id="b", title="x", tags=["HARBOUR COUNCIL"]),
    ]
    counting, [chunk] = counted(articles)
    names = list(counting.tags.terms)
    found = [(int(a), names[t]) for a, t in zip(chunk.tags.article, chunk.tags.term, strict=True)]
    assert sorted(found) == [(0, "ferries"), (0, "harbourcouncil"), (1, "harbourcouncil")]


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


def test_the_commonest_written_form_names_a_word_and_the_first_of_equals():
    body = "NATO Nato NATO. ferry Ferry. łódź ŁÓDŹ Łódź Łódź"
    counting, _ = counted([Article(id="a", body=body)])
    forms = counting.written_forms()
    assert {word: forms[term] for word, term in counting.words.terms.items()} == {
        "nato": "NATO",
        "ferry": "Ferry",
        "łódź": "Łódź",
    }


def test_dotless_and_dotted_i_and_both_sigmas_keep_to_python_lower_case():
    body = "ISTANBUL İstanbul \u0131stanbul ΟΔΟΣ οδος οδοσ Straße STRASSE"
    counting, _ = counted([Article(id="a", body=body)])
    assert list(counting.words.terms) == list(dict.fromkeys(w.lower() for w in body.split()))


def test_a_closed_lexicon_learns_nothing_and_an_unknown_word_keeps_its_neighbours_apart():
    known = {"red": 0, "fox": 1}
    counting = Counter(Lexicon(Only(STOP), known), Lexicon(Only(), {}), 120)
    article = Article(id="a", body="Red of Fox. Red strange fox", tags=["new"])
    [chunk] = counting.chunks([article])
    assert words_of(counting, chunk.words) == {(0, "red"): [0, 0, 2, 0], (0, "fox"): [0, 0, 2, 0]}
    assert pairs_of(counting, chunk) == {("red", "fox"): [1, 0], ("fox", "red"): [1, 1]}
    assert len(chunk.tags.term) == 0
    assert counting.words.terms == {"red": 0, "fox": 1}


WORDS = st.lists(st.sampled_from(["the", "of", "red", "Fox", "FOX", "hen"]), max_size=12).map(
    " ".join
)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=5), st.integers(0, 6))
def test_counts_are_those_of_a_slow_reading(texts, lead_words):
    articles = [
        Article(id=str(n), title=title, summary=summary, body=body or "-")
        for n, (title, summary, body) in enumerate(texts)
    ]
    counting, [chunk] = counted(articles, lead_words=lead_words)
    expected = {}
    for row, (title, summary, body) in enumerate(texts):
        split = body.split()
        places = [title.split(), summary.split(), split[:lead_words], split[lead_words:]]
        for place, found in enumerate(places):
            for word in found:
                if word not in STOP:
                    tf = expected.setdefault((row, word.lower()), [0, 0, 0, 0])
                    tf[place] += 1
    assert words_of(counting, chunk.words) == expected
    assert chunk.words.tf.dtype == np.uint16
