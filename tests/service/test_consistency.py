"""After any writes, trainings, activations and restarts, lists equal those from scratch."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from support.from_scratch import assert_same_lists
from support.serving import in_process_writer, trained

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
    """A service, and the articles that its archive should have."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.articles = {key: Article(id=key, title=f"ferry refit {key}") for key in "ab"}
        self.versions = [trained(self.folder, self.articles.values())]
        self.running = ExitStack()
        self.client = self.running.enter_context(in_process_writer(self.folder))

    def teardown(self):
        self.check()
        self.running.close()
        shutil.rmtree(self.folder)

    @rule(key=KEYS, text=TEXTS, date=DATES, tags=st.sets(st.sampled_from(["News", "Rail"])))
    def put(self, key, text, date, tags):
        article = Article(id=key, title=text, body=text, published_at=date, tags=sorted(tags))
        reply = self.client.put(f"/v1/articles/{key}", content=article.model_dump_json())
        assert reply.status_code == (200 if key in self.articles else 201)
        self.articles[key] = article

    @rule(lines=st.dictionaries(KEYS, TEXTS, min_size=1))
    def put_lines(self, lines):
        articles = [Article(id=key, title=text) for key, text in lines.items()]
        content = "\n".join(article.model_dump_json() for article in articles)
        reply = self.client.post("/v1/articles", content=content)
        assert reply.status_code == 200
        self.articles |= {article.id: article for article in articles}

    @rule(key=KEYS)
    def delete(self, key):
        reply = self.client.delete(f"/v1/articles/{key}")
        assert reply.status_code == (200 if key in self.articles else 404)
        self.articles.pop(key, None)

    @precondition(lambda self: self.articles)
    @rule()
    def train(self):
        self.versions.append(trained(self.folder, gate=False))
        self.client.app.state.manager.refresh()

    @rule(data=st.data())
    def activate(self, data):
        version = data.draw(st.sampled_from(self.versions))
        reply = self.client.post(f"/v1/models/{version}/activate")
        assert reply.status_code == 200
        assert ModelStore(self.folder / "models").current == version

    @rule()
    def restart(self):
        self.running.close()
        self.client = self.running.enter_context(in_process_writer(self.folder))

    @rule()
    def check(self):
        model = self.client.app.state.manager.snapshot.model
        assert_same_lists(model, list(self.articles.values()), self._scores)
        for key in set("abcdefgh") - set(self.articles):
            assert self.client.get(f"/v1/recommendations?id={key}").status_code == 404

    def _scores(self, article_id):
        query = f"id={article_id}&limit=50&duplicates=show"
        for _ in range(2):  # The second reply is cached.
            reply = self.client.get(f"/v1/recommendations?{query}")
        return [(item["id"], item["score"]) for item in reply.json()["items"]]


Service.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_any_writes_trainings_and_restarts = Service.TestCase
