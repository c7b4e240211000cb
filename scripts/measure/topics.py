"""Measure READ MORE ON: does it suggest hidden tags, and does the first tag gather what is related?

scripts/topics.py [--data FOLDER] [--folds 5] ARCHIVE ...
"""

import random
from collections import Counter
from collections.abc import Callable

from measure.archives import articles_of, folders, judgments_of, parser_of
from recommender import Article, Recommender
from recommender.evaluation.measures import Qrels
from recommender.text.tags import tag_key


def hidden_tags(articles: list[Article], fold: int) -> dict[str, str]:
    """Return, for every fifth article, the key of one of its tags that another has too."""
    df = Counter(key for article in articles for key in set(map(tag_key, article.tags)))
    rng = random.Random(fold)
    fifth = articles[fold::5]
    common = {a.id: [k for k in map(tag_key, a.tags) if df[k] > 1] for a in fifth}
    return {article_id: rng.choice(keys) for article_id, keys in common.items() if keys}


def votes(model: Recommender, article_id: str) -> list[str]:
    """Return tags that an article lacks, those of most of its ten nearest articles first."""
    row = model.articles.row(article_id)
    own = set(map(tag_key, model.articles[row].tags))
    nearest = [model.articles[int(other)].tags for other in model.index.nearest(row, 10)[0]]
    counts = Counter(key for tags in nearest for key in set(map(tag_key, tags)) - own)
    return sorted(counts, key=lambda key: (-counts[key], key))


def suggestions(model: Recommender, article_id: str) -> list[str]:
    """Return the suggested tags of an article."""
    return [tag_key(suggestion.tag) for suggestion in model.topics(article_id).suggested]


def suggested(articles: list[Article], folds: int) -> None:
    """Print how often a hidden tag is among the first three of each method."""
    methods: list[Callable[[Recommender, str], list[str]]] = [votes, suggestions]
    # Hits in the first place and in the first three, tags in the first three.
    sums = [[0, 0, 0] for _ in methods]
    queries = 0
    for fold in range(folds):
        hidden = hidden_tags(articles, fold)
        model = Recommender.fit([_without(a, hidden.get(a.id)) for a in articles], jobs=-1)
        queries += len(hidden)
        for article_id, key in hidden.items():
            for counts, method in zip(sums, methods, strict=True):
                first = method(model, article_id)[:3]
                counts[0] += key in first[:1]
                counts[1] += key in first
                counts[2] += len(first)
    for (hits, hits_of_three, tags), method in zip(sums, methods, strict=True):
        print(
            f"  {method.__name__:12} of {queries} hidden: first {hits / max(1, queries):.3f}, "
            f"recall@3 {hits_of_three / max(1, queries):.3f}, "
            f"precision@3 {hits_of_three / max(1, tags):.3f}"
        )


def _without(article: Article, key: str | None) -> Article:
    tags = tuple(tag for tag in article.tags if tag_key(tag) != key)
    return article.model_copy(update={"tags": tags})


def f1(tagged: set[str], related: set[str]) -> float:
    """Return how well the other articles of a tag are the related ones."""
    return 2 * len(tagged & related) / (len(tagged) + len(related))


def first_tag(articles: list[Article], qrels: Qrels) -> None:
    """Print the F1 of the heaviest tag, of the rarest and of the best one."""
    model = Recommender.fit(articles, jobs=-1)
    tagged: dict[str, set[str]] = {}
    for article in articles:
        for tag in article.tags:
            tagged.setdefault(tag_key(tag), set()).add(article.id)
    sums, queries = [0.0, 0.0, 0.0], 0
    for article_id, grades in qrels.items():
        topics = model.topics(article_id).topics
        if len(topics) > 1:
            of_topic = {t: f1(tagged[tag_key(t.tag)] - {article_id}, set(grades)) for t in topics}
            rarest = min(topics, key=lambda topic: (topic.articles, topic.tag))
            each = of_topic[topics[0]], of_topic[rarest], max(of_topic.values())
            sums = [total + value for total, value in zip(sums, each, strict=True)]
            queries += 1
    if not queries:
        print("  no judged article has two tags")
        return
    for name, total in zip(("heaviest", "rarest", "best"), sums, strict=True):
        print(f"  F1 of the first tag of {queries}, {name}: {total / queries:.4f}")


def main() -> None:
    """Print the figures of each archive."""
    parser = parser_of(__doc__, "names of judged archives with tags; default: all of --data")
    parser.add_argument("--folds", type=int, default=5, help="number of fifths to hide tags in")
    arguments = parser.parse_args()
    for folder in folders(arguments.data, arguments.archive):
        articles = articles_of(folder)
        print(f"{folder.name}: {len(articles)} articles", flush=True)
        suggested(articles, arguments.folds)
        first_tag(articles, judgments_of(folder))
