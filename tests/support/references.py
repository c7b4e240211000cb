"""Slow and obvious versions of what the library does fast; the tests compare the two.

``Reference.weigh`` is the one place to change when the weighting of vectors.py changes.
"""

import math
import unicodedata
from collections import Counter
from itertools import groupby, pairwise

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from recommender.kernels.layout import BIGRAMS, TAGS, WORDS
from recommender.text.boilerplate import extract_texts
from recommender.lists.reasons import _EMPTY, FIRM, FIRMER, _is_broad, _is_said, _sentence, _string, _tells
from recommender.vectors.packed import PackedVectors, Vectors
from recommender.text.tags import tag_key
from recommender.kernels.layout import STOP, UNKNOWN
from recommender.text.tokenizer import Tokens
from recommender.vectors.weighting import CODEBOOK
from recommender.kernels.layout import ADJACENT
from recommender.text.words import is_unsegmented

TOKENS = CountVectorizer(lowercase=False).build_tokenizer()


def script(letter):
    """The script of a letter of Chinese or Japanese, None for any other character."""
    name = unicodedata.name(letter, "").split()
    return name[0] if name and name[0] in ("CJK", "HIRAGANA", "KATAKANA") else None


def tokens(text):
    """Every word in lower case, as scikit-learn's default tokenizer finds them.

    A run of Chinese or Japanese letters is its bigrams, or its one letter.
    """
    found = []
    for name, letters in groupby(text, script):
        run = "".join(letters)
        bigrams = ["".join(pair) for pair in pairwise(run)] or [run]
        found += bigrams if name else TOKENS(run)
    return [word.lower() for word in found]


def terms(text, stop_words=ENGLISH_STOP_WORDS):
    """Words and pairs of one text, each with the position of its (first) word in the text."""
    told = [(at, word) for at, word in enumerate(tokens(text)) if word not in stop_words]
    words = [(at, ("word", word)) for at, word in told]
    pairs = [(at, ("pair", f"{a} {b}")) for (at, a), (_, b) in pairwise(told)]
    return words + pairs


def tag_terms(article):
    return {("tag", tag_key(tag)) for tag in article.tags}


def unit(vector):
    norm = math.sqrt(sum(value * value for value in vector.values()))
    return {term: value / norm for term, value in vector.items()} if norm else {}


def added(*weighted):
    total = Counter()
    for weight, vector in weighted:
        for term, value in vector.items():
            total[term] += weight * value
    return total


class Reference:
    """An archive's vectors, one dict of ("word" | "pair" | "tag", text) -> weight an article."""

    def __init__(self, articles, settings):
        self.settings = settings
        self.stop_words = (
            ENGLISH_STOP_WORDS if settings.stop_words and settings.language else frozenset()
        )
        self.n = len(articles)
        self.df = Counter(term for article in articles for term in self.all_terms(article))
        self.rows = [self.weigh(article) for article in articles]

    def read(self, article):
        """The terms of title, summary and body."""
        return [terms(text, self.stop_words) for text in extract_texts(article)]

    def all_terms(self, article):
        return {term for found in self.read(article) for _, term in found} | tag_terms(article)

    def weigh(self, article):
        s = self.settings
        idf = {term: 1 + math.log((2 + self.n) / (1 + df)) for term, df in self.df.items()}

        def block(kind):
            def vector(found):
                counts = Counter(term for _, term in found if term[0] == kind)
                return unit(
                    {
                        term: (1 + math.log(tf)) * idf[term] ** s.idf_power
                        for term, tf in counts.items()
                        if kind == "word" or self.df[term] >= s.min_pair_df
                    }
                )

            title, summary, body = self.read(article)
            lead = summary + [(at, term) for at, term in body if at < s.lead_words]
            return unit(
                added(
                    (1.0, vector(body)),
                    (s.title_weight, vector(title)),
                    (s.lead_weight, vector(lead)),
                )
            )

        text = added(
            (math.sqrt(1 - s.pair_weight), block("word")),
            (math.sqrt(s.pair_weight), block("pair")),
        )
        tags = unit({term: idf[term] ** s.idf_power for term in tag_terms(article)})
        return unit(added((math.sqrt(1 - s.tag_weight), text), (math.sqrt(s.tag_weight), tags)))


def level_of(weight):
    """The level of a weight before it is rounded: 0 is 1, each step 1/254 of twelve octaves less.

    What is below the lowest level is raised to it.
    """
    return min(max(-math.log2(weight) * 254 / 12, 0.0), 254.0)


def assert_nearest(levels, weights):
    """Levels by term are those nearest to the weights; terms of no weight have none."""
    wanted = {term: level_of(weight) for term, weight in weights.items() if weight > 0}
    assert levels.keys() == wanted.keys()
    for term, level in levels.items():
        # Half way between two levels either is the nearest.
        assert abs(level - wanted[term]) <= 0.5 + 1e-9, term


def as_tokens(articles):
    """Tokens of articles given as ``(title, summary, body, tags)`` of numbers."""
    texts = [text for *three, _ in articles for text in three]
    tags = [sorted(tags) for *_, tags in articles]
    return Tokens(
        np.array([word for text in texts for word in text], np.int32),
        np.cumsum([0, *map(len, texts)]).astype(np.int64),
        np.array([tag for some in tags for tag in some], np.int32),
        np.cumsum([0, *map(len, tags)]).astype(np.int64),
    )


def counted(article, known_pairs, lead_words):
    """Count one article's terms: (kind, term) -> [title, summary, opening, rest, touching].

    Tags count as of the rest.
    """
    found = {}
    *texts, tags = article
    for text, words in enumerate(texts):
        before = None
        for at, word in enumerate(words):
            if word == UNKNOWN:
                before = None
            if word in (UNKNOWN, STOP):
                continue
            place = 3 if text == 2 and at >= lead_words else text
            found.setdefault((WORDS, word), [0] * 5)[place] += 1
            if before and (before[1], word) in known_pairs:
                tally = found.setdefault((BIGRAMS, (before[1], word)), [0] * 5)
                tally[before[2]] += 1
                tally[4] += before[0] == at - 1
            before = at, word, place
    return found | {(TAGS, tag): [0, 0, 0, 1, 0] for tag in tags}


def pairs_of(article):
    """The distinct pairs of known words with at most stop words between them."""
    texts = ([word for word in text if word != STOP] for text in article[:3])
    return {(a, b) for text in texts for a, b in pairwise(text) if a >= 0 and b >= 0}


def packed(levels):
    """Packed rows of a table of levels, -1 where a row lacks a column."""
    rows, columns = np.nonzero(levels >= 0)
    indptr = np.searchsorted(rows, np.arange(len(levels) + 1)).astype(np.int64)
    parts = columns.astype(np.int32), levels[rows, columns].astype(np.uint8)
    return PackedVectors.of(Vectors(indptr, *parts, np.ones(len(rows), np.uint8), levels.shape[1]))


def weighed(levels, table=CODEBOOK):
    """What such a table of levels is worth, as a plain float64 matrix."""
    return np.where(levels >= 0, table[levels].astype(float), 0)


def dense(vectors):
    """PackedVectors, packed or not, as a plain float64 matrix."""
    if isinstance(vectors, PackedVectors):
        vectors = vectors.slice(0, len(vectors))
    matrix = np.zeros((len(vectors), vectors.columns))
    for row in range(len(vectors)):
        for entry in range(vectors.indptr[row], vectors.indptr[row + 1]):
            matrix[row, vectors.indices[entry]] += vectors.data[entry]
    return matrix


def products(rows):
    """Every row's dot product with every other, 0 with itself."""
    scores = rows @ rows.T
    np.fill_diagonal(scores, 0)
    return scores


def factors(times, days=None):
    """The nearness of every one of ``days`` (of the rows themselves by default) to every row."""
    days = times.days if days is None else days
    distance = np.abs(np.subtract.outer(days.astype(float), times.days.astype(float)))
    factor = (1 + distance) ** -float(times.power)
    return np.where(np.isnan(distance), float(times.unknown), factor)


def all_scores(vectors, times):
    """Every pair's score, 0 for an article and itself."""
    return products(dense(vectors)) * factors(times)


def best(scores, k):
    """The ``k`` best rows of one row of scores above 0: highest first, of equals the first row."""
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    return [row for row in order if scores[row] > 0][:k]


def assert_best(rows, scores, wanted, k, close=2e-6):
    """PackedVectors and scores are the ``k`` best of ``wanted``, but for differences of rounding."""
    rows, scores = np.asarray(rows), np.asarray(scores)
    listed = rows >= 0
    size = int(listed.sum())
    assert listed[:size].all()
    assert not scores[size:].any()
    rows, scores = rows[:size].tolist(), scores[:size].tolist()
    assert len(set(rows)) == size == min(k, int((wanted > 0).sum()))
    np.testing.assert_allclose(scores, wanted[rows], rtol=close, atol=close)
    ranked = [(-score, row) for score, row in zip(scores, rows, strict=True)]
    assert ranked == sorted(ranked)
    if 0 < size == k:
        left_out = np.delete(wanted, rows)
        assert not len(left_out) or left_out.max() <= scores[-1] + close


def ndcg(ranked, grades, depth=10):
    """nDCG with gain 2^grade - 1; what has no grade gains nothing."""

    def gained(grades_in_order):
        return sum(
            (2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades_in_order, 1)
        )

    ideal = sorted(grades.values(), reverse=True)[:depth]
    return gained([grades.get(other, 0) for other in ranked[:depth]]) / gained(ideal)


def shared(query, other):
    """The terms two rows share, as (product, column, bits): strongest first, then by column."""
    places = {column: at for at, column in enumerate(other.indices.tolist())}
    found = [
        (
            float(query.data[at]) * float(other.data[places[column]]),
            column,
            int(other.fields[places[column]] | (query.fields[at] & ADJACENT)),
        )
        for at, column in enumerate(query.indices.tolist())
        if column in places
    ]
    return sorted(found, key=lambda term: (-term[0], term[1]))


def reason(space, query, other, named=24, phrases=3):
    """The reason of two rows: all names first, then all ranks, then one after the other."""
    found = [(column, bits) for _, column, bits in shared(query, other)]
    picked = [*found[:named], *(term for term in found[named:] if space.is_tag(term[0]))]
    names = [(space.name(column, bool(bits & ADJACENT)), column) for column, bits in picked]
    touching = [column for column, bits in found if bits & ADJACENT]

    def rank(term):
        name, column = term
        if space.is_tag(column):
            return 0
        return 1 if name[:1].isupper() or is_unsegmented(name) else 2

    def longer(word, column):
        if is_unsegmented(word) and not space.is_tag(column):
            return _string(space, touching, column)
        if column >= len(space.words) or not word[:1].isupper():
            return word
        firm = [(FIRM, word)]
        for pair in touching:
            words = space.words_of(pair)
            parts = [space.words[each] for each in words or ()]
            if column in (words or ()):
                share = space.df[pair] / min(space.df[list(words)])
                is_capital = all(part[:1].isupper() for part in parts)
                least = 0 if is_capital else FIRMER
                if not is_capital and any(_is_broad(space, each) for each in words):
                    continue
                if {part.lower() for part in parts} & _EMPTY or any(map(is_unsegmented, parts)):
                    continue
                if share > least and share > firm[-1][0]:
                    firm.append((share, " ".join(parts)))
        return firm[-1][1]

    chosen = []
    for name, column in sorted(names, key=rank):
        if (
            len(chosen) < phrases
            and _tells(space, name, column, space.is_tag(column))
            and not _is_said(name, chosen)
        ):
            told = longer(name, column)
            if not _is_said(told, chosen):
                chosen.append(told)
    return _sentence(chosen)
