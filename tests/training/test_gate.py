"""A new model is activated only if its lists are no worse than those of the active one."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from recommender import Article, Catalog, Config, ModelStore, Recommender, train
from recommender.config import Gate
from recommender.errors import RegressionError
from recommender.evaluation.measures import Measured
from recommender.training.gate import Comparison, compare

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Words weigh as much in every article that has them: lists become another archive's.
FLAT = Config.of({"vectors": {"idf_power": 0.0}, "nearness": {"power": 2.0}})


@pytest.fixture(scope="module")
def flat(newsroom):
    return Recommender.fit(newsroom, FLAT)


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models")


@pytest.fixture
def catalog(newsroom, tmp_path):
    with Catalog(f"sqlite:///{tmp_path}/archive.db") as catalog:
        catalog.put(newsroom)
        yield catalog


def trained(catalog, store, hours=0, config=None, **given):
    now = NOON + timedelta(hours=hours)
    return train(catalog, store, config or Config(), now=now, **given)


def test_a_model_beside_itself_has_changed_nothing(model, judgments):
    same = compare(model, model, "x", judgments)
    assert (same.articles, same.changed, same.ndcg.mean) == (65, 0, 0)
    assert same.orphans == same.orphans_before
    assert list(same.worse(Gate(changed=0, coverage=0, ndcg=0))) == []


def test_worse_lists_are_seen_in_every_figure(model, flat, judgments):
    found = compare(flat, model, "x", judgments)
    assert found.changed > 0.3
    assert found.ndcg.high < 0
    assert list(found.worse(Gate(changed=0.3, coverage=1, ndcg=0.01))) == ["changed", "ndcg"]
    assert list(found.worse(Gate(changed=1, coverage=1, ndcg=1))) == []
    assert list(compare(model, flat, "x", judgments).worse(Gate(changed=1, coverage=0.1))) == []


@pytest.mark.parametrize(
    ("ndcg", "limits"),
    [
        (None, []),
        (Measured(-0.03, -0.05, -0.01), ["ndcg"]),
        (Measured(-0.03, -0.08, 0.02), []),  # it may be chance
        (Measured(-0.01, -0.011, -0.009), []),  # sure, and within the limit
    ],
)
def test_only_a_loss_of_ndcg_that_is_sure_is_one(ndcg, limits):
    found = Comparison("x", 100, 0.0, 0, 0, ndcg)
    assert list(found.worse(Gate(ndcg=0.02))) == limits


def test_articles_that_are_no_longer_in_any_list_are_a_loss():
    for orphans, limits in ((10, []), (15, []), (16, ["coverage"])):
        found = Comparison("x", 100, 0.0, orphans, 10, None)
        assert list(found.worse(Gate(coverage=0.05))) == limits


def test_new_articles_that_nobody_lists_are_none(newsroom, model):
    strangers = [Article(id=f"x{n}", title=f"Unheard{n}") for n in range(65)]
    found = compare(Recommender.fit([*newsroom, *strangers]), model, "x")
    assert (found.articles, found.changed) == (65, pytest.approx(0, abs=0.1))
    assert list(found.worse(Gate())) == []


def test_articles_that_only_one_model_holds_make_no_list_worse(newsroom, model, judgments):
    half = Recommender.fit(newsroom[::2])
    for new, active in ((half, model), (model, half)):
        found = compare(new, active, "x", judgments)
        assert found.changed < 0.2
        assert abs(found.ndcg.mean) < 0.05


def test_models_of_different_archives_are_not_compared(model):
    assert compare(model, Recommender.fit([Article(id="x", title="Hail")]), "x") is None


def test_judgments_of_nothing_that_is_there_are_none(model):
    assert compare(model, model, "x", {"nobody": {"x": 1}}).ndcg is None
    assert compare(model, model, "x", {model.articles.ids[0]: {"x": 1}}).ndcg is None


def test_a_worse_model_is_stored_and_the_active_one_stays(catalog, store, judgments):
    first = trained(catalog, store)
    assert first.compared is None
    config = FLAT.model_copy(update={"gate": Gate(ndcg=0.02, changed=0.3)})
    with pytest.raises(RegressionError) as caught:
        trained(catalog, store, 1, config, qrels=judgments)
    assert store.current == first.version
    [_, kept] = store.names()
    assert f"{kept} is stored and not activated, past the gate's limit of changed, ndcg" in str(
        caught.value
    )
    assert f"'alsoread models activate {kept}'" in str(caught.value)
    assert "\n" not in str(caught.value)
    store.activate(kept)


def test_without_the_gate_or_without_an_active_model_to_measure_by_anything_is_activated(
    catalog, store
):
    strict = FLAT.model_copy(update={"gate": Gate(changed=0)})
    first = trained(catalog, store)
    second = trained(catalog, store, 1, strict, gate=False)
    assert (second.compared, store.current) == (None, second.version)
    with pytest.raises(RegressionError):
        trained(
            catalog,
            store,
            2,
            strict.model_copy(update={"neighbours": 9, "nearness": Config().nearness}),
        )
    next((store.path / second.version).glob("*.npy")).write_bytes(b"")
    third = trained(catalog, store, 3, strict)
    assert (third.compared, store.current) == (None, third.version)
    assert first.version in store.names()


def test_what_an_archives_own_lists_say_is_measured(catalog, store, newsroom):
    assert trained(catalog, store, 0).compared is None
    assert trained(catalog, store, 1).compared.ndcg is None
    named = newsroom[0].model_copy(update={"also_read": (newsroom[1].id, newsroom[2].id)})
    catalog.put([named])
    assert trained(catalog, store, 2).compared.ndcg.mean == 0


def test_the_command_says_how_the_new_model_compares_and_fails_on_a_regression(tmp_path, newsroom):
    def alsoread(*arguments):
        command = [sys.executable, "-W", "error", "-c", "from recommender.cli import main; main()"]
        return subprocess.run(
            [*command, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )

    with Catalog(f"sqlite:///{tmp_path}/archive.db") as catalog:
        catalog.put(newsroom)
    (tmp_path / "flat.toml").write_text(
        "vectors.idf_power = 0\nnearness.power = 2\ngate.changed = 0.2"
    )
    assert alsoread("train").returncode == 0
    active = ModelStore(tmp_path / "models").current
    again = alsoread("train", "--json")
    assert f"beside {active}: 0.0% of the places in lists changed" in again.stderr
    assert '"changed": 0.0' in again.stdout
    active = ModelStore(tmp_path / "models").current
    refused = alsoread("train", "--config", "flat.toml")
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert "not activated" in line
    assert ModelStore(tmp_path / "models").current == active
    assert alsoread("train", "--config", "flat.toml", "--no-gate").returncode == 0
    assert ModelStore(tmp_path / "models").current != active
