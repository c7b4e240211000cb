"""Layout: the bit layouts and codes that compiled code of several files reads and writes."""

from __future__ import annotations

import numpy as np

# Token numbers that are no term: a word that the vocabulary does not hold, and a stop word.
UNKNOWN, STOP = -1, -2

# The texts of an article in order: title, summary, body.
TEXTS = 3
# The places of a token: the body's first words are its lead, so LEAD is also the body's number.
TITLE, SUMMARY, LEAD, REST = range(4)
PLACES = 4
# The three kinds of terms, in the order of their columns.
WORDS, BIGRAMS, TAGS = range(3)
KINDS = 3

# A counting key is article | column | place | adjacent, from the highest bits to the lowest.
ADJACENT_BITS, PLACE_BITS, COLUMN_BITS = 1, 2, 31
PLACE_SHIFT = ADJACENT_BITS
COLUMN_SHIFT = PLACE_SHIFT + PLACE_BITS
ARTICLE_SHIFT = COLUMN_SHIFT + COLUMN_BITS
PLACE_MASK = (1 << PLACE_BITS) - 1
COLUMN_MASK = (1 << COLUMN_BITS) - 1
# A bigram key is first word | second word; with a bit of sign it fits 63 bits.
WORD_BITS = 31

# A weight is one of these levels, evenly spaced in the logarithm over so many octaves below 1.
OCTAVES, STEPS = 12, 254

# The fields of an entry, a bit each; the bigram of an entry may also be adjacent somewhere.
IN_TITLE, IN_SUMMARY, IN_BODY, IN_TAGS, ADJACENT = (1 << bit for bit in range(5))
# Packed, an entry's fields take four bits: three of the text, and one for tags or adjacent.
TEXT_FIELDS = IN_TITLE | IN_SUMMARY | IN_BODY
PACKED_EXTRA = 1 << 3

# The first odd multiplier of the golden ratio in 64 bits (Knuth's multiplicative hashing).
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
