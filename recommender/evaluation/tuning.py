"""Tuning: learn an archive's settings from judgments, and keep them if the gain is certain.

Settings are searched on one half of the judged articles and compared with the starting settings on
the other half, with models that rank all articles. The halves are the earlier and the later
articles if most are dated, else they are split by a hash of the id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from recommender.articles.article import Article
from recommender.articles.progress import Progress
from recommender.articles.times import UNDATED
from recommender.config import Config
from recommender.errors import InputError
from recommender.evaluation.calibration_fit import calibration_error, fit_calibration
from recommender.evaluation.measures import Evaluation, Measured, Qrels, evaluate
from recommender.evaluation.score_parts import DEPTH, POWERS, SEARCHED, ScoreParts
from recommender.recommender import Recommender

MIN_QUERIES = 100
MEASURE = "nDCG@10"
# The penalty in nDCG for moving a setting across its whole range: 0.01 gave the best gains on the
# held-out halves of four archives among 0.002, 0.01 and 0.03.
_PENALTY = 0.01


@dataclass(frozen=True)
class Tuned:
    """The result of tuning; ``config`` has the learned settings if they are ``kept``.

    ``searched`` and ``validated`` are the numbers of judged articles in the halves. ``before`` and
    ``after`` are nDCG@10 on the validation half, all articles ranked, with the starting and the
    learned settings, and ``gain`` is their paired difference. ``calibration_error`` is the mean
    distance between predicted and observed probabilities there, None without a calibration.
    """

    config: Config
    kept: bool
    searched: int
    validated: int
    before: Measured
    after: Measured
    gain: Measured
    calibration_error: float | None


def tune(
    articles: Callable[[], Iterable[Article]],
    qrels: Qrels,
    *,
    config: Config | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Tuned:
    """Learn settings from judgments; each call of ``articles`` reads the whole archive.

    The learned settings are kept if the 95 % interval of their gain is above 0.

    Raises
    ------
    InputError
        When fewer than ``MIN_QUERIES`` judged articles are in the archive.
    """
    start = config or Config()
    before = Recommender.fit(articles(), start, jobs=jobs, progress=progress)
    search, validate = _halves(before, judged(before, qrels))
    settings = learned(articles(), before, qrels, search, progress)
    after = Recommender.fit(articles(), settings, jobs=jobs, progress=progress)
    old, new = (_evaluated(model, qrels, validate) for model in (before, after))
    gain = new.minus(old, MEASURE)
    kept = gain.low > 0
    chosen, model = (settings, after) if kept else (start, before)
    calibration = fit_calibration(model, {query: qrels[query] for query in search})
    error = None
    if calibration:
        error = calibration_error(calibration, model, {query: qrels[query] for query in validate})
    return Tuned(
        chosen.model_copy(update={"calibration": calibration}),
        kept,
        len(search),
        len(validate),
        old[MEASURE],
        new[MEASURE],
        gain,
        error,
    )


def learned(
    articles: Iterable[Article],
    model: Recommender,
    qrels: Qrels,
    queries: list[str],
    progress: Progress | None = None,
) -> Config:
    """Return the settings that rank best for some judged articles, near those of ``model``."""
    parts = ScoreParts.of(articles, model, qrels, queries)
    return _settings(model, parts, _search(parts, _point(model), progress))


def judged(model: Recommender, qrels: Qrels) -> list[str]:
    """Return the ids of a model's articles that have a related one in the judgments, ascending.

    Raises
    ------
    InputError
        When they are too few to learn from.
    """
    known = set(model.articles.ids)
    queries = [q for q, docs in sorted(qrels.items()) if q in known and any(docs.values())]
    if len(queries) < MIN_QUERIES:
        raise InputError(
            f"{len(queries)} judged articles are too few to learn from, {MIN_QUERIES} are "
            "needed: add judgments, or keep the defaults, which need none"
        )
    return queries


def _halves(model: Recommender, queries: list[str]) -> tuple[list[str], list[str]]:
    """Split judged articles by time if nine tenths are dated, else by a hash of the id."""
    articles = model.articles
    published = {query: int(articles.published[articles.row(query)]) for query in queries}
    dated = [query for query in queries if published[query] != UNDATED]
    if len(dated) >= 0.9 * len(queries):
        ordered = sorted(queries, key=lambda query: (published[query], query))
    else:
        ordered = sorted(queries, key=lambda query: blake2b(query.encode()).digest())
    middle = len(ordered) // 2
    return ordered[:middle], ordered[middle:]


def _evaluated(model: Recommender, qrels: Qrels, queries: list[str]) -> Evaluation:
    half = {query: qrels[query] for query in queries}
    return evaluate(lambda article_id: model.ranked(article_id, DEPTH), half, model.articles.ids)


def _point(model: Recommender) -> NDArray[np.float64]:
    """Return a model's settings as a point of the search, in the order of ``SEARCHED``."""
    vectors = model.config.vectors.model_dump()
    nearest = int(np.argmin(np.abs(np.array(POWERS) - model.config.vectors.idf_power)))
    values = {**vectors, "idf_power": nearest, "nearness": float(model.index.times.power)}
    return np.array([values[name] for name, *_ in SEARCHED], np.float64)


def _search(
    parts: ScoreParts, start: NDArray[np.float64], progress: Progress | None, generations: int = 30
) -> NDArray[np.float64]:
    """Search near the start by differential evolution (Storn and Price, 1997)."""
    from scipy.optimize import differential_evolution

    # The starting settings may lie outside the usual bounds.
    low = np.minimum([low for _, low, _ in SEARCHED], start)
    span = np.maximum([high for *_, high in SEARCHED], start) - low
    done = 0

    def loss(point: NDArray[np.float64]) -> float:
        return _PENALTY * float(np.abs((point - start) / span).sum()) - parts.ndcg(point)

    def report(*_: object, **__: object) -> None:
        nonlocal done
        done += 1
        if progress:
            progress("settings", min(done, generations), generations)

    result = differential_evolution(
        loss,
        list(zip(low, low + span, strict=True)),
        x0=start,
        maxiter=generations,
        popsize=6,
        integrality=[name == "idf_power" for name, *_ in SEARCHED],
        polish=False,
        rng=0,
        callback=report,
    )
    return np.asarray(result.x)


def _settings(model: Recommender, parts: ScoreParts, point: NDArray[np.float64]) -> Config:
    """Return the settings of a point; without dates the nearness stays as it was."""
    start = model.config
    values = {
        name: round(float(value), 3) for (name, *_), value in zip(SEARCHED, point, strict=True)
    }
    power = values.pop("nearness")
    values["idf_power"] = POWERS[round(values["idf_power"])]
    vectors = start.vectors.model_copy(update=values)
    dated = not np.isnan(parts.distance).all()
    nearness = start.nearness.model_copy(update={"power": power}) if dated else start.nearness
    return start.model_copy(update={"vectors": vectors, "nearness": nearness})
