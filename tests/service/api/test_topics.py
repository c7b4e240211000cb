"""Topics: READ MORE ON of an article, by path and by query."""

from recommender import ModelStore
from service.api.schemas import Topics


def test_topics_equal_those_of_the_library_by_path_and_by_query(shared_client, shared_folder):
    store = ModelStore(shared_folder / "models")
    reply = shared_client.get("/v1/articles/ferry-1/topics")
    Topics.model_validate_json(reply.content, strict=True)
    expected = store.load().topics("ferry-1").to_record()
    assert [topic["tag"] for topic in expected["topics"]] == ["Ferries", "Hallin"]
    assert reply.json() == expected | {"model": {"version": store.current, "revision": 4}}
    assert shared_client.get("/v1/topics?id=ferry-1").content == reply.content
    assert reply.headers["server-timing"].startswith("topics;dur=")


def test_missing_tags_are_suggested(shared_client):
    topics = shared_client.get("/v1/articles/a%2Fb/topics").json()
    assert [each["tag"] for each in topics["suggested"]] == ["Ferries", "Hallin"]
