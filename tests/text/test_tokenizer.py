"""Articles become numbers of words in order, whatever their language and however they are dealt."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.text import tokenizer as tokens
from recommender.articles.article import Article
from recommender.text.boilerplate import extract_texts
from recommender.text.languages import Languages
from recommender.text.tags import tag_key
from recommender.kernels.layout import STOP, UNKNOWN
from recommender.text.tokenizer import IncrementalVocabulary, Tokenizer, renumbered
from recommender.text.words import words

NO_LANGUAGE = Languages(language=None, stop_words=False)
NEWS = [
    Article(id="a", title="The Ferry", summary="Ferry late", body="A ferry of <b>the</b> islands"),
    Article(id="b", title="Die Fähre", body="Die Fähre und the ferry", language="de"),
    Article(id="c", title="!!!", summary="", body="-"),
    Article(id="d", title="フェリー 東京", body="The ferry", tags=["Ferries"], language="ja"),
    Article(id="e", title="Łódź", body="e\u0301tude и Москва", tags=["Łódź", "ŁÓDŹ"]),
]


def read(articles, languages=None, **given):
    """What a reader that learns every term reads: terms, tags, tokens, and the reader."""
    terms, tags = IncrementalVocabulary(), IncrementalVocabulary()
    reader = Tokenizer(languages or Languages(), terms.numbers, tags.numbers)
    return terms, tags, reader.read(articles, **given), reader


def texts_of(names, read):
    """Tokens as the terms of (title, summary, body) of each article; None for a stop word."""
    told = {number: name for name, number in names.items()} | {STOP: None, UNKNOWN: "?"}
    ends = read.ends.tolist()
    texts = [[told[word] for word in read.words[low:high].tolist()] for low, high in pairwise(ends)]
    return [tuple(texts[at : at + 3]) for at in range(0, len(texts), 3)]


def slowly(articles, languages):
    """The same, word by word."""
    told = []
    for article in articles:
        term = languages.analyzer(languages.code(article.language))
        told.append(tuple([term(form) for form in words(text)] for text in extract_texts(article)))
    return told


def tags_of(names, read):
    names, ends = list(names), read.tag_ends.tolist()
    return [[names[tag] for tag in read.tags[low:high]] for low, high in pairwise(ends)]


def test_words_come_in_order_as_terms_and_stop_words_keep_their_places():
    terms, _, found, _ = read(NEWS[:1])
    assert texts_of(terms, found) == [
        ([None, "ferry"], ["ferry", "late"], ["ferry", None, None, "islands"])
    ]
    assert (found.words.dtype, found.ends.dtype) == (np.int32, np.int64)
    assert (found.tags.dtype, found.tag_ends.dtype) == (np.int32, np.int64)
    assert len(found) == 1


SETTINGS = [
    Languages(),
    NO_LANGUAGE,
    Languages(language="de"),
    Languages(stemming=True),
    Languages(fold_accents=True),
]
TEXTS = st.text(st.sampled_from("ab the ferry die Fähre und łé東京 한국어 \u0301"), max_size=20)
ARTICLES = st.lists(
    st.tuples(TEXTS, TEXTS, TEXTS, st.sampled_from([None, "en", "de-AT", "ja", "tlh"])), max_size=9
)


@given(
    ARTICLES,
    st.sampled_from(SETTINGS),
    st.sampled_from([1, 30, 1 << 20]),
    st.sampled_from([1, 2]),
)
def test_every_article_is_read_in_its_language_in_batches_of_any_size(
    records, languages, batch, threads
):
    articles = [
        Article(id=str(n), title=title, summary=summary, body=body + "-", language=language)
        for n, (title, summary, body, language) in enumerate(records)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_BATCH", batch)
        terms, _, found, _ = read(iter(articles), languages, threads=threads)
    assert texts_of(terms, found) == slowly(articles, languages)


def test_the_sample_archive_is_read_as_word_by_word(newsroom, monkeypatch):
    monkeypatch.setattr(tokens, "_BATCH", 5000)
    terms, tags, found, _ = read(newsroom)
    assert texts_of(terms, found) == slowly(newsroom, Languages())
    assert tags_of(tags, found) == [
        sorted({tag_key(tag) for tag in article.tags}, key=list(tags).index) for article in newsroom
    ]


@pytest.mark.parametrize("threads", [1, 2])
def test_whoever_else_reads_is_given_all_texts_in_order(newsroom, monkeypatch, threads):
    monkeypatch.setattr(tokens, "_BATCH", 5000)
    given = []
    read(iter(newsroom), threads=threads, also=given.append)
    assert len(given) > 1
    assert [texts for batch in given for texts in batch] == list(map(extract_texts, newsroom))


@pytest.mark.parametrize("threads", [1, 2])
def test_what_cannot_be_read_on_is_raised(newsroom, monkeypatch, threads):
    monkeypatch.setattr(tokens, "_BATCH", 5000)

    def cut():
        yield from newsroom[:20]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        read(cut(), threads=threads)


@pytest.mark.parametrize("threads", [1, 2])
def test_no_articles_are_no_tokens(threads):
    terms, tags, found, reader = read([], threads=threads)
    assert (len(found), len(terms), len(tags)) == (0, 0, 0)
    assert (found.ends.tolist(), found.tag_ends.tolist()) == ([0], [0])
    assert (list(reader.written()), list(reader.written_tags())) == ([], [])


def test_an_article_without_words_has_empty_texts():
    terms, _, found, _ = read([NEWS[2], NEWS[0], NEWS[2]])
    assert texts_of(terms, found)[0] == texts_of(terms, found)[2] == ([], [], [])


def test_terms_that_are_not_known_are_unknown_and_no_stop_words():
    known = {"ferry": 7, "islands": 0}
    numbers = {"ferries": 4}
    reader = Tokenizer(
        Languages(),
        lambda terms: [known.get(term, -1) for term in terms],
        lambda tags: [numbers.get(tag, -1) for tag in tags],
    )
    article = Article(id="x", title="The strange ferry of islands", tags=["new", "Ferries"])
    found = reader.read([article])
    assert found.words.tolist() == [STOP, UNKNOWN, 7, STOP, 0]
    assert found.tags.tolist() == [4]


def test_how_words_were_written_is_told_of_each_language():
    terms, _, _, reader = read(
        [
            Article(id="a", title="NATO Nato NATO the", body="Ferry"),
            Article(id="b", title="Nato die", language="de"),
        ]
    )
    names = {number: term for term, number in terms.items()} | {STOP: "-"}
    written = sorted((names[term], form, count) for term, form, count in reader.written())
    assert written == [
        ("-", "die", 1), ("-", "the", 1),
        ("ferry", "Ferry", 1), ("nato", "NATO", 2), ("nato", "Nato", 1), ("nato", "Nato", 1),
    ]  # fmt: skip


def test_dotless_and_dotted_i_and_both_sigmas_keep_to_python_lower_case():
    body = "ISTANBUL İstanbul \u0131stanbul ΟΔΟΣ οδος οδοσ Straße STRASSE"
    terms, _, _, _ = read([Article(id="a", body=body)])
    assert list(terms) == list(dict.fromkeys(word.lower() for word in body.split()))


def test_a_tag_counts_once_an_article_however_it_is_spelt():
    articles = [
        Article(id="a", title="x", tags=["Harbour Council", "harbour  council", "Ferries"]),
        Article(id="b", title="x"),
        Article(id="c", title="x", tags=["HARBOUR COUNCIL"]),
    ]
    _, tags, found, reader = read(articles)
    assert tags_of(tags, found) == [["harbourcouncil", "ferries"], [], ["harbourcouncil"]]
    assert sorted(form for _, form, _ in reader.written_tags()) == [
        "Ferries", "HARBOUR COUNCIL", "Harbour Council", "harbour  council",
    ]  # fmt: skip


@given(st.text(max_size=20))
def test_a_tags_key_is_stable(tag):
    assert tag_key(tag_key(tag)) == tag_key(tag)


@given(st.randoms(use_true_random=False))
def test_renumbered_tokens_say_the_same_and_their_tags_ascend(random):
    articles = [
        Article(id=str(n), title=f"w{n} the w{n % 3}", tags=["x", f"t{n % 4}", f"t{n % 3}"])
        for n in range(9)
    ]
    terms, tags, found, _ = read(articles)
    word, tag = list(range(len(terms))), list(range(len(tags)))
    random.shuffle(word)
    random.shuffle(tag)
    again = renumbered(found, np.array(word, np.int64), np.array(tag, np.int64))
    new_terms = {term: word[number] for term, number in terms.items()}
    assert texts_of(new_terms, again) == texts_of(terms, found)
    new_tags = sorted(tags, key=lambda name: tag[tags[name]])
    for before, after in zip(tags_of(tags, found), tags_of(new_tags, again), strict=True):
        assert after == sorted(before, key=new_tags.index)


def test_renumbering_leaves_stop_words_and_unknown_ones():
    unknown = Tokenizer(Languages(), lambda terms: [UNKNOWN] * len(terms), lambda tags: [])
    found = unknown.read([Article(id="a", title="The ferry")])
    again = renumbered(found, np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert again.words.tolist() == [STOP, UNKNOWN]
