"""Articles become term numbers in order, in any language and in batches of any size."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.articles.article import Article
from recommender.kernels.layout import STOP, UNKNOWN
from recommender.kernels.tiling import Tiling
from recommender.text.boilerplate import extract_texts
from recommender.text.languages import Languages
from recommender.text.tags import tag_key
from recommender.text.tokenizer import IncrementalVocabulary, Tokenizer, Tokens, renumbered
from recommender.text.words import words

FERRY = Article(
    id="a", title="The Ferry", summary="Ferry late", body="A ferry of <b>the</b> islands"
)
SMALL_BATCHES = Tiling(batch_characters=5000)


class Result(NamedTuple):
    """The tokens of some articles, with the tokenizer and the vocabularies that it filled."""

    tokens: Tokens
    words: dict[str, int]
    tags: dict[str, int]
    tokenizer: Tokenizer


def tokenize(articles, languages=None, tiling=None, **options):
    terms, tags = IncrementalVocabulary(), IncrementalVocabulary()
    tokenizer = Tokenizer(languages or Languages(), terms.numbers, tags.numbers, tiling)
    return Result(tokenizer.tokenize(articles, **options), terms, tags, tokenizer)


def texts_of(vocabulary, tokens):
    """The terms of (title, summary, body) of each article; None for a stop word."""
    term_of = {number: term for term, number in vocabulary.items()} | {STOP: None, UNKNOWN: "?"}
    terms = [term_of[number] for number in tokens.words.tolist()]
    texts = [terms[low:high] for low, high in pairwise(tokens.ends.tolist())]
    return [tuple(texts[at : at + 3]) for at in range(0, len(texts), 3)]


def reference(articles, languages):
    """The same, word by word."""

    def terms(article):
        term = languages.analyzer(languages.code(article.language))
        return tuple([term(word) for word in words(text)] for text in extract_texts(article))

    return list(map(terms, articles))


def tags_of(vocabulary, tokens):
    names, ends = list(vocabulary), tokens.tag_ends.tolist()
    return [[names[tag] for tag in tokens.tags[low:high]] for low, high in pairwise(ends)]


def test_terms_keep_their_order_and_stop_words_their_places():
    tokens, terms, _, _ = tokenize([FERRY])
    assert texts_of(terms, tokens) == [
        ([None, "ferry"], ["ferry", "late"], ["ferry", None, None, "islands"])
    ]
    assert (tokens.words.dtype, tokens.ends.dtype) == (np.int32, np.int64)
    assert (tokens.tags.dtype, tokens.tag_ends.dtype) == (np.int32, np.int64)
    assert len(tokens) == 1


TEXTS = st.text(st.sampled_from("ab the ferry die Fähre und łé東京 한국어 \u0301"), max_size=20)


@given(
    st.lists(
        st.tuples(TEXTS, TEXTS, TEXTS, st.sampled_from([None, "en", "de-AT", "ja", "tlh"])),
        max_size=9,
    ),
    st.sampled_from(
        [
            Languages(),
            Languages(language=None, stop_words=False),
            Languages(language="de"),
            Languages(stemming=True),
            Languages(fold_accents=True),
        ]
    ),
    st.sampled_from([1, 30, 1 << 20]),
    st.sampled_from([1, 2]),
)
def test_each_article_is_read_in_its_language_in_any_batch(records, languages, batch, threads):
    articles = [
        Article(id=str(n), title=title, summary=summary, body=body + "-", language=language)
        for n, (title, summary, body, language) in enumerate(records)
    ]
    tokens, terms, _, _ = tokenize(iter(articles), languages, Tiling(batch), threads=threads)
    assert texts_of(terms, tokens) == reference(articles, languages)


def test_the_sample_archive_is_read_as_word_by_word(newsroom):
    tokens, terms, tags, _ = tokenize(newsroom, tiling=SMALL_BATCHES)
    assert texts_of(terms, tokens) == reference(newsroom, Languages())
    keys = [{tag_key(tag) for tag in article.tags} for article in newsroom]
    assert tags_of(tags, tokens) == [sorted(each, key=list(tags).index) for each in keys]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_observer_gets_all_texts_in_order(newsroom, threads):
    batches = []
    tokenize(iter(newsroom), tiling=SMALL_BATCHES, threads=threads, observer=batches.append)
    assert len(batches) > 1
    assert [texts for batch in batches for texts in batch] == list(map(extract_texts, newsroom))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_of_the_stream_is_raised(newsroom, threads):
    def broken():
        yield from newsroom[:20]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        tokenize(broken(), tiling=SMALL_BATCHES, threads=threads)


@pytest.mark.parametrize("threads", [1, 2])
def test_no_articles_are_no_tokens(threads):
    tokens, terms, tags, tokenizer = tokenize([], threads=threads)
    assert (len(tokens), len(terms), len(tags)) == (0, 0, 0)
    assert (tokens.ends.tolist(), tokens.tag_ends.tolist()) == ([0], [0])
    assert (list(tokenizer.word_forms()), list(tokenizer.tag_forms())) == ([], [])


def test_an_article_without_words_has_empty_texts():
    silent = Article(id="c", title="!!!", body="-")
    tokens, terms, _, _ = tokenize([silent, FERRY, silent])
    texts = texts_of(terms, tokens)
    assert texts[0] == texts[2] == ([], [], [])


def test_terms_without_a_number_are_unknown_and_no_stop_words():
    word_numbers = {"ferry": 7, "islands": 0}
    tag_numbers = {"ferries": 4}
    tokenizer = Tokenizer(
        Languages(),
        lambda terms: [word_numbers.get(term, UNKNOWN) for term in terms],
        lambda tags: [tag_numbers.get(tag, UNKNOWN) for tag in tags],
    )
    article = Article(id="x", title="The strange ferry of islands", tags=["new", "Ferries"])
    tokens = tokenizer.tokenize([article])
    assert tokens.words.tolist() == [STOP, UNKNOWN, 7, STOP, 0]
    assert tokens.tags.tolist() == [4]


def test_word_forms_are_counted_in_each_language():
    _, terms, _, tokenizer = tokenize(
        [
            Article(id="a", title="NATO Nato NATO the", body="Ferry"),
            Article(id="b", title="Nato die", language="de"),
        ]
    )
    term_of = {number: term for term, number in terms.items()} | {STOP: "-"}
    forms = sorted((term_of[term], form, count) for term, form, count in tokenizer.word_forms())
    assert forms == [
        ("-", "die", 1), ("-", "the", 1),
        ("ferry", "Ferry", 1), ("nato", "NATO", 2), ("nato", "Nato", 1), ("nato", "Nato", 1),
    ]  # fmt: skip


def test_unusual_letters_follow_pythons_lower_case():
    body = "ISTANBUL İstanbul \u0131stanbul ΟΔΟΣ οδος οδοσ Straße STRASSE"
    terms = tokenize([Article(id="a", body=body)]).words
    assert list(terms) == list(dict.fromkeys(word.lower() for word in body.split()))


def test_a_tag_counts_once_per_article_in_any_spelling():
    articles = [
        Article(id="a", title="x", tags=["Harbour Council", "harbour  council", "Ferries"]),
        Article(id="b", title="x"),
        Article(id="c", title="x", tags=["HARBOUR COUNCIL"]),
    ]
    tokens, _, tags, tokenizer = tokenize(articles)
    assert tags_of(tags, tokens) == [["harbourcouncil", "ferries"], [], ["harbourcouncil"]]
    assert sorted(form for _, form, _ in tokenizer.tag_forms()) == [
        "Ferries", "HARBOUR COUNCIL", "Harbour Council", "harbour  council",
    ]  # fmt: skip


@given(st.randoms(use_true_random=False))
def test_renumbered_tokens_have_the_same_terms_and_ascending_tags(random):
    articles = [
        Article(id=str(n), title=f"w{n} the w{n % 3}", tags=["x", f"t{n % 4}", f"t{n % 3}"])
        for n in range(9)
    ]
    tokens, terms, tags, _ = tokenize(articles)
    word, tag = list(range(len(terms))), list(range(len(tags)))
    random.shuffle(word)
    random.shuffle(tag)
    new = renumbered(tokens, np.array(word, np.int64), np.array(tag, np.int64))
    new_terms = {term: word[number] for term, number in terms.items()}
    assert texts_of(new_terms, new) == texts_of(terms, tokens)
    new_tags = sorted(tags, key=lambda name: tag[tags[name]])
    assert tags_of(new_tags, new) == [
        sorted(names, key=new_tags.index) for names in tags_of(tags, tokens)
    ]


def test_renumbering_leaves_stop_words_and_unknown_terms():
    tokenizer = Tokenizer(Languages(), lambda terms: [UNKNOWN] * len(terms), lambda tags: [])
    tokens = tokenizer.tokenize([Article(id="a", title="The ferry")])
    new = renumbered(tokens, np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert new.words.tolist() == [STOP, UNKNOWN]
