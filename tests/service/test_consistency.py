"""Whatever is written, trained, activated and restarted, lists are as if computed from scratch."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from support.from_scratch import assert_same_lists
from support.serving import bearer, in_process, trained

from recommender import Article, ModelStore

KEYS = st.sampled_from("abcdefgh")
TEXTS = st.sampled_from(
    [
        *("ferry refit", "ferry gearbox refit", "gearbox yard", "yard ferry", "hail", "maglev"),
        *("maglev ferry", "hyperloop", "hyperloop maglev hail", "ferry refit ferry refit"),
    ]
)
DATES = st.none() | st.integers(1, 28).map("2026-01-{:02}".format)


class Service(RuleBasedStateMachine):
    """A service, and beside it what its archive should hold."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.there = {key: Article(id=key, title=f"ferry refit {key}") for key in "ab"}
        self.versions = [trained(self.folder, self.there.values())]
        self.open = ExitStack()
        self.client = self.open.enter_context(in_process(self.folder, write_key="w"))

    def teardown(self):
        self.check()
        self.open.close()
        shutil.rmtree(self.folder)

    @rule(key=KEYS, text=TEXTS, date=DATES, tags=st.sets(st.sampled_from(["News", "Rail"])))
    def put(self, key, text, date, tags):
        article = Article(id=key, title=text, body=text, published_at=date, tags=sorted(tags))
        content = article.model_dump_json()
        reply = self.client.put(f"/v1/articles/{key}", content=content, headers=bearer("w"))
        assert reply.status_code == (200 if key in self.there else 201)
        self.there[key] = article

    @rule(lines=st.dictionaries(KEYS, TEXTS, min_size=1))
    def put_lines(self, lines):
        articles = [Article(id=key, title=text) for key, text in lines.items()]
        content = "\n".join(article.model_dump_json() for article in articles)
        reply = self.client.post("/v1/articles", content=content, headers=bearer("w"))
        assert reply.status_code == 200
        self.there |= {article.id: article for article in articles}

    @rule(key=KEYS)
    def delete(self, key):
        reply = self.client.delete(f"/v1/articles/{key}", headers=bearer("w"))
        assert reply.status_code == (200 if key in self.there else 404)
        self.there.pop(key, None)

    @precondition(lambda self: self.there)
    @rule()
    def train(self):
        self.versions.append(trained(self.folder, gate=False))
        self.client.app.state.manager.refresh()

    @rule(data=st.data())
    def activate(self, data):
        version = data.draw(st.sampled_from(self.versions))
        reply = self.client.post(f"/v1/models/{version}/activate", headers=bearer("w"))
        assert reply.status_code == 200
        assert ModelStore(self.folder / "models").current == version

    @rule()
    def restart(self):
        self.open.close()
        self.client = self.open.enter_context(in_process(self.folder, write_key="w"))

    @rule()
    def check(self):
        model = self.client.app.state.manager.snapshot.model
        assert_same_lists(model, list(self.there.values()), self._listed)
        for key in set("abcdefgh") - set(self.there):
            assert self.client.get(f"/v1/recommendations?id={key}").status_code == 404

    def _listed(self, article_id):
        query = f"id={article_id}&limit=50&duplicates=show"
        for _ in range(2):  # The second reply is ready.
            reply = self.client.get(f"/v1/recommendations?{query}")
        return [(item["id"], item["score"]) for item in reply.json()["items"]]


Service.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_any_writes_trainings_and_restarts = Service.TestCase
