"""A new model is activated only if its lists are no worse than those of the active one."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from recommender import Article, Config, ModelStore, Recommender, train
from recommender.config import Gate
from recommender.errors import RegressionError
from recommender.evaluation.measures import Measured
from recommender.training.gate import Comparison, compare

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
# All words weigh the same, and time outweighs them: lists become quite different.
FLAT = Config.of({"vectors": {"idf_power": 0.0}, "nearness": {"power": 2.0}})


@pytest.fixture(scope="module")
def flat(newsroom):
    return Recommender.fit(newsroom, FLAT)


def trained(archive, store, hours=0, config=None, **options):
    """Train, so many hours after noon: versions are named by their time."""
    now = NOON + timedelta(hours=hours)
    return train(archive, store, config or Config(), now=now, **options)


def exceeded(comparison, **limits):
    return list(comparison.worse(Gate(**limits)))


def test_a_model_compared_with_itself_has_changed_nothing(model, judgments):
    same = compare(model, model, "x", judgments)
    assert (same.articles, same.changed, same.ndcg.mean) == (65, 0, 0)
    assert same.orphans == same.orphans_before
    assert exceeded(same, changed=0, coverage=0, ndcg=0) == []


def test_worse_lists_exceed_the_limits(model, flat, judgments):
    comparison = compare(flat, model, "x", judgments)
    assert comparison.changed > 0.3
    assert comparison.ndcg.high < 0
    assert exceeded(comparison, changed=0.3, coverage=1, ndcg=0.01) == ["changed", "ndcg"]
    assert exceeded(comparison, changed=1, coverage=1, ndcg=1) == []
    assert exceeded(compare(model, flat, "x", judgments), changed=1, coverage=0.1) == []


@pytest.mark.parametrize(
    ("ndcg", "limits"),
    [
        (None, []),
        (Measured(-0.03, -0.05, -0.01), ["ndcg"]),
        (Measured(-0.03, -0.08, 0.02), []),  # it may be chance
        (Measured(-0.01, -0.011, -0.009), []),  # certain, but within the limit
    ],
)
def test_only_a_certain_loss_of_ndcg_counts(ndcg, limits):
    assert exceeded(Comparison("x", 100, 0.0, 0, 0, ndcg), ndcg=0.02) == limits


def test_more_articles_in_no_list_are_a_loss():
    for orphans, limits in ((10, []), (15, []), (16, ["coverage"])):
        assert exceeded(Comparison("x", 100, 0.0, orphans, 10, None), coverage=0.05) == limits


def test_new_articles_in_no_list_are_no_loss(newsroom, model):
    strangers = [Article(id=f"x{n}", title=f"Unheard{n}") for n in range(65)]
    comparison = compare(Recommender.fit([*newsroom, *strangers]), model, "x")
    assert (comparison.articles, comparison.changed) == (65, pytest.approx(0, abs=0.1))
    assert exceeded(comparison) == []


def test_articles_of_only_one_model_make_no_list_worse(newsroom, model, judgments):
    half = Recommender.fit(newsroom[::2])
    for new, active in ((half, model), (model, half)):
        comparison = compare(new, active, "x", judgments)
        assert comparison.changed < 0.2
        assert abs(comparison.ndcg.mean) < 0.05


def test_models_without_a_common_article_are_not_compared(model):
    assert compare(model, Recommender.fit([Article(id="x", title="Hail")]), "x") is None


def test_judgments_of_unknown_articles_give_no_ndcg(model):
    assert compare(model, model, "x", {"nobody": {"x": 1}}).ndcg is None
    assert compare(model, model, "x", {model.articles.ids[0]: {"x": 1}}).ndcg is None


def test_a_worse_model_is_stored_and_the_active_one_stays(archive, store, judgments):
    first = trained(archive, store)
    assert first.compared is None
    config = FLAT.model_copy(update={"gate": Gate(ndcg=0.02, changed=0.3)})
    with pytest.raises(RegressionError) as caught:
        trained(archive, store, 1, config, qrels=judgments)
    assert store.current == first.version
    [_, worse] = store.names()
    message = str(caught.value)
    assert f"{worse} is stored but not activated" in message
    assert "the gate's limit of changed, ndcg: compared with" in message
    assert f"'alsoread models activate {worse}'" in message
    assert "\n" not in message
    store.activate(worse)


def test_without_the_gate_any_model_is_activated(archive, store):
    trained(archive, store)
    strict = FLAT.model_copy(update={"gate": Gate(changed=0)})
    second = trained(archive, store, 1, strict, gate=False)
    assert (second.compared, store.current) == (None, second.version)


def test_an_active_model_that_cannot_be_loaded_is_not_compared(archive, store):
    first = trained(archive, store)
    next((store.path / first.version).glob("*.npy")).write_bytes(b"")
    strict = FLAT.model_copy(update={"gate": Gate(changed=0)})
    second = trained(archive, store, 1, strict)
    assert (second.compared, store.current) == (None, second.version)
    assert first.version in store.names()


def test_the_archives_own_lists_are_judgments(archive, store, newsroom):
    assert trained(archive, store, 0).compared is None
    assert trained(archive, store, 1).compared.ndcg is None
    article = newsroom[0].model_copy(update={"also_read": (newsroom[1].id, newsroom[2].id)})
    archive.put([article])
    assert trained(archive, store, 2).compared.ndcg.mean == 0


def test_the_command_prints_the_comparison_and_fails_on_a_regression(newsroom_folder):
    def alsoread(*arguments):
        command = [sys.executable, "-W", "error", "-c", "from recommender.cli import main; main()"]
        return subprocess.run(
            [*command, *arguments],
            cwd=newsroom_folder,
            capture_output=True,
            text=True,
            timeout=120,
        )

    store = ModelStore(newsroom_folder / "models")
    settings = "vectors.idf_power = 0\nnearness.power = 2\ngate.changed = 0.2"
    (newsroom_folder / "flat.toml").write_text(settings)
    active = store.current
    same = alsoread("train", "--json")
    assert f"compared with {active}: 0.0% of the places in lists changed" in same.stderr
    assert '"changed": 0.0' in same.stdout
    active = store.current
    refused = alsoread("train", "--config", "flat.toml")
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert "not activated" in line
    assert store.current == active
    assert alsoread("train", "--config", "flat.toml", "--no-gate").returncode == 0
    assert store.current != active
