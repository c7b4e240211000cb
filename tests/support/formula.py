"""The vectors of an archive by the formula of ``vectors.term_space``, slow and obvious."""

import math
import unicodedata
from collections import Counter
from itertools import groupby, pairwise

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from support.references import TOKENS, added, unit

from recommender.text.boilerplate import extract_texts
from recommender.text.tags import tag_key


def script(letter):
    """The script of a letter of Chinese or Japanese, None for any other character."""
    name = unicodedata.name(letter, "").split()
    return name[0] if name and name[0] in ("CJK", "HIRAGANA", "KATAKANA") else None


def tokens(text):
    """Every word in lower case, as scikit-learn's default tokenizer cuts them.

    A run of Chinese or Japanese letters is its character bigrams, or its one letter.
    """
    words = []
    for name, letters in groupby(text, script):
        run = "".join(letters)
        bigrams = ["".join(pair) for pair in pairwise(run)] or [run]
        words += bigrams if name else TOKENS(run)
    return [word.lower() for word in words]


def terms(text, stop_words=ENGLISH_STOP_WORDS):
    """Words and bigrams of one text, each with the position of its (first) word in the text."""
    words = [(at, word) for at, word in enumerate(tokens(text)) if word not in stop_words]
    bigrams = [(at, ("bigram", f"{a} {b}")) for (at, a), (_, b) in pairwise(words)]
    return [(at, ("word", word)) for at, word in words] + bigrams


def tag_terms(article):
    return {("tag", tag_key(tag)) for tag in article.tags}


class Formula:
    """An archive's rows: of each article a dict of ("word" | "bigram" | "tag", text) -> weight."""

    def __init__(self, articles, settings):
        self.settings = settings
        self.stop_words = (
            ENGLISH_STOP_WORDS if settings.stop_words and settings.language else frozenset()
        )
        self.n = len(articles)
        self.df = Counter(term for article in articles for term in self.all_terms(article))
        self.rows = [self.row_of(article) for article in articles]

    def terms_of(self, article):
        """The terms of title, summary and body."""
        return [terms(text, self.stop_words) for text in extract_texts(article)]

    def all_terms(self, article):
        texts = self.terms_of(article)
        return {term for text in texts for _, term in text} | tag_terms(article)

    def row_of(self, article):
        s = self.settings
        idf = {term: 1 + math.log((2 + self.n) / (1 + df)) for term, df in self.df.items()}

        def block(kind):
            def vector(text):
                counts = Counter(term for _, term in text if term[0] == kind)
                return unit(
                    {
                        term: (1 + math.log(tf)) * idf[term] ** s.idf_power
                        for term, tf in counts.items()
                        if kind == "word" or self.df[term] >= s.min_pair_df
                    }
                )

            title, summary, body = self.terms_of(article)
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
            (math.sqrt(s.pair_weight), block("bigram")),
        )
        tags = unit({term: idf[term] ** s.idf_power for term in tag_terms(article)})
        return unit(added((math.sqrt(1 - s.tag_weight), text), (math.sqrt(s.tag_weight), tags)))
