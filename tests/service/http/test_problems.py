"""Every error is a problem: RFC 9457, a stable code, nothing of the inside."""

import pytest
from fastapi.responses import StreamingResponse
from support.serving import NEWS, TestClient, in_process, settings, trained

from recommender import Options
from service import create_app
from service.schemas import ProblemReply

LIST = "/v1/articles/ferry-1/recommendations"
WRONG = [
    ("GET", "/v1", 404, "not_found"),
    ("GET", "/v1/articles/a/b", 404, "not_found"),
    ("GET", "/v1/articles/", 404, "not_found"),
    ("GET", "/healthz/", 404, "not_found"),
    ("GET", "/v1/articles/nope", 404, "article_not_found"),
    ("GET", "/v1/articles/nope/recommendations", 404, "article_not_found"),
    ("GET", "/v1/recommendations?url=nope", 404, "article_not_found"),
    ("POST", LIST, 405, "method_not_allowed"),
    ("DELETE", "/docs", 405, "method_not_allowed"),
    ("GET", f"{LIST}?limit=51", 422, "invalid_limit"),
    ("GET", f"{LIST}?limit=", 422, "invalid_limit"),
    ("GET", f"{LIST}?explain=perhaps", 422, "invalid_explain"),
    ("GET", f"{LIST}?limt=3", 422, "unknown_option"),
    ("GET", f"{LIST}?sections=News", 422, "unknown_option"),
    ("GET", f"{LIST}?section=", 422, "invalid_section"),
    ("GET", f"{LIST}?published_after=", 422, "invalid_published_after"),
    ("GET", f"{LIST}?published_after=2026-13-01", 422, "invalid_published_after"),
    ("GET", f"{LIST}?published_before=yesterday", 422, "invalid_published_before"),
    ("GET", f"{LIST}?direction=back", 422, "invalid_direction"),
    ("GET", f"{LIST}?min_score=2", 422, "invalid_min_score"),
    ("GET", f"{LIST}?min_score=nan", 422, "invalid_min_score"),
    ("GET", f"{LIST}?half_life_days=0", 422, "invalid_half_life_days"),
    ("GET", f"{LIST}?half_life_days=1e999", 422, "invalid_half_life_days"),
    ("GET", f"{LIST}?diversity=-1", 422, "invalid_diversity"),
    ("GET", f"{LIST}?fallback=popular", 422, "invalid_fallback"),
    ("GET", f"{LIST}?direction=past&direction=any", 422, "repeated_parameter"),
    ("GET", f"{LIST}/nope", 404, "article_not_found"),
    ("GET", f"{LIST}/%FF", 422, "invalid_other_id"),
    ("GET", f"{LIST}/ferry-2?limt=3", 422, "unknown_option"),
    ("GET", "/v1/articles/nope/recommendations/ferry-1", 404, "article_not_found"),
    ("GET", "/v1/recommendations/why?id=ferry-1", 422, "missing_other_id"),
    ("GET", "/v1/recommendations/why?id=a&other_id=b&other_id=c", 422, "repeated_parameter"),
    ("GET", "/v1/recommendations/batch", 405, "method_not_allowed"),
    ("POST", "/v1/recommendations?limit=3", 422, "unknown_option"),
    ("GET", f"{LIST}?limt=3&limt=4", 422, "unknown_option"),
    ("GET", f"{LIST}?id=ferry-1", 422, "unknown_option"),
    ("GET", f"{LIST}?limit=3&limit=3", 422, "repeated_parameter"),
    ("GET", "/v1/recommendations", 422, "id_or_url"),
    ("GET", "/v1/recommendations?id=a&url=b", 422, "id_or_url"),
    ("GET", "/v1/recommendations?id=", 422, "invalid_id"),
    ("GET", "/v1/recommendations?id=a&id=b", 422, "repeated_parameter"),
    ("GET", "/v1/recommendations?url=a&url=b", 422, "repeated_parameter"),
    ("GET", "/v1/articles?id=", 422, "invalid_id"),
    ("GET", "/v1/articles?id=a&tag=b", 422, "id_alone"),
    ("GET", "/v1/articles?id=a&id=b", 422, "repeated_parameter"),
    ("GET", "/v1/articles?query=a&query=b", 422, "repeated_parameter"),
    ("GET", f"/v1/articles?query={'a' * 513}", 422, "invalid_query"),
    ("GET", "/v1/articles?limit=101", 422, "invalid_limit"),
    ("GET", "/v1/articles?cursor=", 422, "invalid_cursor"),
    ("GET", "/v1/articles?cursor=ffffffffffffffff", 422, "invalid_cursor"),
    ("GET", "/v1/articles?tags=b", 422, "unknown_option"),
    ("GET", "/v1/articles/nope/topics", 404, "article_not_found"),
    ("GET", "/v1/articles/ferry-1/topics?limit=5", 422, "unknown_option"),
    ("GET", "/v1/topics?id=nope", 404, "article_not_found"),
    ("GET", "/v1/topics", 422, "missing_id"),
    ("GET", "/v1/articles/ferry-1?limit=5", 422, "unknown_option"),
    ("GET", "/v1/articles/%FF", 422, "invalid_id"),
    ("GET", "/v1/articles/%ED%A0%80/recommendations", 422, "invalid_id"),
    ("GET", "/healthz?verbose", 422, "unknown_option"),
    ("GET", "/healthz?verbose=1", 422, "unknown_option"),
    ("GET", "/readyz?verbose=1", 422, "unknown_option"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, NEWS)
    return folder


@pytest.fixture(scope="module")
def client(folder):
    with in_process(folder) as client:
        yield client


def problem_of(reply):
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-request-id"]
    problem = ProblemReply.model_validate_json(reply.content, strict=True)
    assert problem.status == reply.status_code
    assert "\n" not in problem.detail
    return problem


@pytest.mark.parametrize(("method", "path", "status", "code"), WRONG)
def test_an_error_is_a_problem_with_a_stable_code(client, method, path, status, code):
    reply = client.request(method, path)
    assert reply.status_code == status
    problem = problem_of(reply)
    assert problem.code == code
    assert problem.instance == path.split("?")[0]
    assert [error.code for error in problem.errors] == ([code] if status == 422 else [])


def test_each_wrong_parameter_is_told(client):
    problem = problem_of(client.get(f"{LIST}?limit=0&explain=x&limt=3"))
    assert {error.parameter: error.code for error in problem.errors} == {
        "limit": "invalid_limit",
        "explain": "invalid_explain",
        "limt": "unknown_option",
    }
    unknown = problem.errors[-1]
    assert unknown.detail == f"unknown; known are: {', '.join(Options.model_fields)}"


def test_a_long_value_is_not_repeated_in_full(client):
    assert len(client.get(f"{LIST}?limit={'9' * 5000}").content) < 1000


def test_a_wrong_method_is_told_what_is_possible(client):
    for path in (LIST, "/docs"):
        assert client.post(path).headers["allow"] == "GET, HEAD"
    assert client.post("/v1/articles/x").headers["allow"] == "DELETE, GET, HEAD, PUT"
    assert client.patch("/v1/articles").headers["allow"] == "DELETE, GET, HEAD, POST, PUT"
    assert client.get("/v1/models/x/activate").headers["allow"] == "POST"
    assert client.put("/v1/recommendations").headers["allow"] == "GET, HEAD, POST"
    assert client.get("/v1/recommendations/batch").headers["allow"] == "POST"


def test_without_a_model_lists_are_503_and_say_what_to_do(tmp_path):
    with in_process(tmp_path) as client:
        for path in (LIST, "/v1/recommendations?id=x", "/v1/topics?id=x", "/readyz"):
            reply = client.get(path)
            assert reply.status_code == 503
            problem = problem_of(reply)
            assert problem.code == "no_model"
            assert "run 'alsoread train'" in problem.detail
        assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("damage", ["folder missing", "no database"])
def test_an_archive_that_cannot_be_read_is_503_and_lists_go_on(tmp_path, damage, caplog):
    trained(tmp_path, NEWS)
    (tmp_path / "archive.db").unlink()
    if damage == "no database":
        (tmp_path / "archive.db").write_bytes(b"no database, " * 1000)
    url = f"sqlite:///{tmp_path}/{'' if damage == 'no database' else 'missing/'}archive.db"
    app = create_app(settings(tmp_path).model_copy(update={"archive": url}))
    with TestClient(app) as client:
        for path in ("/v1/articles/ferry-1", "/v1/articles?query=ferry"):
            reply = client.get(path)
            assert reply.status_code == 503
            assert problem_of(reply).code == "archive_unavailable"
            assert str(tmp_path) not in reply.text
        assert str(tmp_path) in caplog.text
        assert client.get(LIST).status_code == 200
        assert problem_of(client.get("/v1/articles/x/recommendations")).code == "article_not_found"


def test_a_failure_is_logged_with_its_request_id_and_tells_nothing_of_the_inside(folder, caplog):
    app = create_app(settings(folder))

    @app.get("/fails")
    async def fails():
        raise RuntimeError("password 1234")

    with TestClient(app) as client:
        reply = client.get("/fails", headers={"X-Request-ID": "abc-1"})
    assert reply.status_code == 500
    assert problem_of(reply).code == "internal_error"
    assert "1234" not in reply.text
    assert reply.headers["x-request-id"] == "abc-1"
    assert "abc-1" in caplog.text
    assert "password 1234" in caplog.text


def test_a_reply_that_breaks_half_way_is_not_continued_with_a_problem(folder):
    app = create_app(settings(folder))

    def half():
        yield b"half"
        raise RuntimeError("broken")

    @app.get("/breaks")
    async def breaks():
        return StreamingResponse(half())

    with TestClient(app) as client, pytest.raises(RuntimeError, match="broken"):
        client.get("/breaks")
