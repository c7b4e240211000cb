"""Slow and obvious versions of what the library does fast; tests compare the two.

The weighting of vectors has its own in ``support.formula``.
"""

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from recommender.kernels.layout import ADJACENT, BIGRAMS, STOP, TAGS, UNKNOWN, WORDS
from recommender.lists import reasons
from recommender.text.tokenizer import Tokens
from recommender.text.words import is_hiragana, is_unsegmented, join_overlapping
from recommender.vectors.packed import PackedVectors, Vectors
from recommender.vectors.weighting import CODEBOOK

# Returns the words of a text of a script with spaces, as written.
TOKENS = CountVectorizer(lowercase=False).build_tokenizer()


def unit(vector):
    """A vector (dict of term -> weight) of length one; an empty one stays empty."""
    norm = math.sqrt(sum(value * value for value in vector.values()))
    return {term: value / norm for term, value in vector.items()} if norm else {}


def added(*weighted):
    """The sum of vectors, given as ``(weight, vector)``."""
    total = Counter()
    for weight, vector in weighted:
        for term, value in vector.items():
            total[term] += weight * value
    return total


def level_of(weight):
    """The level of a weight before rounding: 0 for a weight of 1, 254 for 2**-12 and below."""
    return min(max(-math.log2(weight) * 254 / 12, 0.0), 254.0)


def assert_nearest(levels, weights):
    """The levels of terms are those nearest to their weights; terms of no weight have none."""
    expected = {term: level_of(weight) for term, weight in weights.items() if weight > 0}
    assert levels.keys() == expected.keys()
    for term, level in levels.items():
        # Half way between two levels either is the nearest.
        assert abs(level - expected[term]) <= 0.5 + 1e-9, term


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
    """Count one article's terms: (kind, term) -> [title, summary, lead, rest, adjacent].

    A bigram is counted where its first word is; a tag counts as in the rest of the body.
    """
    tallies = {}
    *texts, tags = article
    for text, words in enumerate(texts):
        before = None
        for at, word in enumerate(words):
            if word == UNKNOWN:
                before = None
            if word in (UNKNOWN, STOP):
                continue
            place = 3 if text == 2 and at >= lead_words else text
            tallies.setdefault((WORDS, word), [0] * 5)[place] += 1
            if before and (before[1], word) in known_pairs:
                tally = tallies.setdefault((BIGRAMS, (before[1], word)), [0] * 5)
                tally[before[2]] += 1
                tally[4] += before[0] == at - 1
            before = at, word, place
    return tallies | {(TAGS, tag): [0, 0, 0, 1, 0] for tag in tags}


def pairs_of(article):
    """The distinct bigrams of an article: known words with at most stop words between them."""
    texts = ([word for word in text if word != STOP] for text in article[:3])
    return {(a, b) for text in texts for a, b in pairwise(text) if a >= 0 and b >= 0}


def packed(levels, codebook=CODEBOOK):
    """Packed rows of a table of levels, -1 where a row lacks a column."""
    rows, columns = np.nonzero(levels >= 0)
    indptr = np.searchsorted(rows, np.arange(len(levels) + 1)).astype(np.int64)
    parts = columns.astype(np.int32), levels[rows, columns].astype(np.uint8)
    vectors = Vectors(indptr, *parts, np.ones(len(rows), np.uint8), levels.shape[1])
    return replace(PackedVectors.of(vectors), codebook=codebook)


def weighed(levels, codebook=CODEBOOK):
    """The weights of such a table, 0 where a row lacks a column, as a float64 matrix."""
    return np.where(levels >= 0, codebook[levels].astype(float), 0)


def dense(vectors):
    """Vectors, packed or not, as a float64 matrix."""
    if isinstance(vectors, PackedVectors):
        vectors = vectors.slice(0, len(vectors))
    matrix = np.zeros((len(vectors), vectors.columns))
    for row in range(len(vectors)):
        for entry in range(vectors.indptr[row], vectors.indptr[row + 1]):
            matrix[row, vectors.indices[entry]] += vectors.data[entry]
    return matrix


def products(rows):
    """The dot product of every two rows of a matrix, 0 for a row and itself."""
    scores = rows @ rows.T
    np.fill_diagonal(scores, 0)
    return scores


def factors(times, days=None):
    """The time factor of each of ``days`` (the rows' own by default) with every row."""
    days = times.days if days is None else days
    distance = np.abs(np.subtract.outer(days.astype(float), times.days.astype(float)))
    factor = (1 + distance) ** -float(times.power)
    return np.where(np.isnan(distance), float(times.unknown), factor)


def all_scores(vectors, times):
    """The score of every two rows, 0 for a row and itself."""
    return products(dense(vectors)) * factors(times)


def best(scores, k):
    """The ``k`` best rows of some scores above 0: highest first, of equal ones the first row."""
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    return [row for row in order if scores[row] > 0][:k]


def assert_best(rows, scores, wanted, k, close=2e-6):
    """Rows and scores of a list are the ``k`` best of ``wanted``, except for rounding."""
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
    """nDCG with the gain ``2**grade - 1``; an article without a grade has none."""

    def gain(grades_in_order):
        return sum(
            (2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades_in_order, 1)
        )

    ideal = sorted(grades.values(), reverse=True)[:depth]
    return gain([grades.get(other, 0) for other in ranked[:depth]]) / gain(ideal)


def shared(query, other):
    """The terms of both rows as ``(product, column, fields)``: strongest first, then by column."""
    places = {column: at for at, column in enumerate(other.indices.tolist())}
    terms = [
        (
            float(query.data[at]) * float(other.data[places[column]]),
            column,
            int(other.fields[places[column]] | (query.fields[at] & ADJACENT)),
        )
        for at, column in enumerate(query.indices.tolist())
        if column in places
    ]
    return sorted(terms, key=lambda term: (-term[0], term[1]))


def reason(space, query, other, named=24, phrases=3):
    """The reason of two rows: name all shared terms, rank all, then choose one after the other."""
    terms = [(column, bits) for _, column, bits in shared(query, other)]
    picked = [*terms[:named], *(term for term in terms[named:] if space.is_tag(term[0]))]
    names = [(space.name(column, bool(bits & ADJACENT)), column) for column, bits in picked]
    adjacent = [column for column, bits in terms if bits & ADJACENT]

    def rank(term):
        name, column = term
        if space.is_tag(column):
            return 0
        return 1 if name[:1].isupper() or is_unsegmented(name) else 2

    def in_full(word, column):
        if is_unsegmented(word) and not space.is_tag(column):
            return _string(space, adjacent, column)
        if column < len(space.words) and word[:1].isupper():
            return _full_name(space, adjacent, column)
        return word

    chosen = []
    for name, column in sorted(names, key=rank):
        if len(chosen) < phrases and _says_enough(space, name, column):
            phrase = in_full(name, column)
            if not _repeats(name, chosen) and not _repeats(phrase, chosen):
                chosen.append(phrase)
    if not chosen:
        return "Similar wording"
    *others, last = chosen
    return f"Both about {', '.join(others)} and {last}" if others else f"Both about {last}"


def _is_broad(space, column, few):
    return space.df_of(column) > max(few, reasons.BROAD_SHARE * space.articles)


def _says_enough(space, name, column):
    """Whether a term by itself tells a reader anything."""
    if space.is_tag(column):
        return not _is_broad(space, column, 2)
    if is_unsegmented(name):
        return len(name) > 1 and " " not in name and not is_hiragana(name)
    if name[0].islower() and _is_broad(space, column, reasons.FEW_ARTICLES):
        return False
    if "…" in name or not any(map(str.isalpha, name)):
        return False
    return not any(word in reasons.EMPTY_WORDS for word in name.lower().split())


def _repeats(phrase, chosen):
    """Whether a chosen phrase has a word of this one, or one that differs in its ending only."""
    if is_unsegmented(phrase):
        return any(phrase in other or other in phrase for other in chosen)
    words = [word for other in chosen for word in other.lower().split()]
    pairs = [(one, two) for one in phrase.lower().split() for two in words]
    return any(
        one == two
        or (
            min(len(one), len(two)) >= reasons.STEM_LETTERS
            and (one.startswith(two) or two.startswith(one))
        )
        for one, two in pairs
    )


def _full_name(space, adjacent, word):
    """The two-word name that most of the articles with its rarer word have, else the word."""
    names = [(reasons.NAME_SHARE, space.words[word])]
    for column in adjacent:
        pair = space.words_of(column) or ()
        if word not in pair:
            continue
        parts = [space.words[each] for each in pair]
        share = space.df_of(column) / min(map(space.df_of, pair))
        mixed = not all(part[:1].isupper() for part in parts)
        if mixed and share <= reasons.MIXED_NAME_SHARE:
            continue
        if mixed and any(_is_broad(space, each, reasons.FEW_ARTICLES) for each in pair):
            continue
        if any(is_unsegmented(part) or part.lower() in reasons.EMPTY_WORDS for part in parts):
            continue
        if share > names[-1][0]:
            names.append((share, " ".join(parts)))
    return names[-1][1]


def _string(space, adjacent, column, steps=8):
    """The string of character bigrams around one; each is followed by its strongest partner."""
    pairs = [pair for pair in map(space.words_of, adjacent) if pair]
    pairs = [pair for pair in pairs if join_overlapping(*(space.words[word] for word in pair))]
    string = list(space.words_of(column) or [column])
    left, right = list(pairs), list(pairs)
    for _ in range(steps):
        after = [pair for pair in right if pair[0] == string[-1]]
        # A bigram is passed once, so that a circle ends.
        right = [pair for pair in right if pair not in after]
        string += [second for _, second in after[:1]]
        before = [pair for pair in left if pair[1] == string[0]]
        left = [pair for pair in left if pair not in before]
        string = [first for first, _ in before[:1]] + string
    text = space.words[string[0]]
    for word in string[1:]:
        text = join_overlapping(text, space.words[word])
    return text
