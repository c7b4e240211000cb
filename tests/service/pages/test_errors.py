"""Errors as pages: unknown articles and paths, a missing model and a missing key."""

from support.pages import assert_safe, texts, tree
from support.serving import in_process

PAGES = ["/", "/?query=ferry", "/tags/Ferries", "/articles/ferry-1", "/try", "/box"]
PAGES += ["/articles/ferry-1/why?other=a/b"]


def test_unknown_articles_and_paths_are_answered_with_a_page(shared_client):
    assert texts(tree(shared_client.get("/articles/%3Cb%3E"), 404), "h1") == ["No such article"]
    assert tree(shared_client.get("/nowhere", headers={"Accept": "text/html"}), 404)
    assert tree(shared_client.delete("/try"), 405)
    assert tree(shared_client.get("/articles/%ff"), 422)
    problem = shared_client.get("/nowhere")
    assert problem.headers["content-type"] == "application/problem+json"


def test_pages_need_the_read_key_as_a_password_if_one_is_set(shared_folder):
    with in_process(shared_folder, read_key="r1", write_key="w1") as client:
        for path in PAGES:
            closed = client.get(path)
            assert texts(tree(closed, 401), "h1") == ["This archive is closed"]
            assert closed.headers["www-authenticate"].startswith('Basic realm="alsoread"')
            assert "ferry" not in closed.text.lower()
            assert_safe(closed)
            for key in ("r1", "w1"):
                reply = client.get(path, auth=("anybody", key))
                assert reply.status_code == 200
                assert "public" not in reply.headers["cache-control"]
            assert client.get(path, auth=("r1", "wrong")).status_code == 401
        assert client.get("/articles/%ff").status_code == 401
        assert client.post("/try", data={"title": "Ferry"}).status_code == 401
        assert client.get("/static/style.css").status_code == 200


def test_pages_without_a_model_say_what_to_do(tmp_path):
    with in_process(tmp_path) as client:
        for path in PAGES:
            page = tree(client.get(path), 503)
            assert texts(page, "h1") == ["No model yet"]
            assert "alsoread train" in texts(page, "pre")[0]
