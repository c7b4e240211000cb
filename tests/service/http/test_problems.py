"""Every error is a problem (RFC 9457) with a stable code and no internal detail."""

import pytest
from fastapi.responses import StreamingResponse
from support.serving import TestClient, in_process, problem_of, settings

from recommender import Options
from service import create_app

LIST = "/v1/articles/ferry-1/recommendations"
POST, BATCH = "/v1/recommendations", "/v1/recommendations/batch"
ERRORS = [
    ("GET", "/v1", 404, "not_found"),
    ("GET", "/v1/articles/a/b", 404, "not_found"),
    ("GET", "/v1/articles/", 404, "not_found"),
    ("GET", "/healthz/", 404, "not_found"),
    ("GET", "/v1/articles/nope", 404, "article_not_found"),
    ("GET", "/v1/articles/nope/recommendations", 404, "article_not_found"),
    ("GET", "/v1/recommendations?url=nope", 404, "article_not_found"),
    ("GET", f"{LIST}/nope", 404, "article_not_found"),
    ("GET", "/v1/articles/nope/recommendations/ferry-1", 404, "article_not_found"),
    ("GET", "/v1/articles/nope/topics", 404, "article_not_found"),
    ("GET", "/v1/topics?id=nope", 404, "article_not_found"),
    ("POST", LIST, 405, "method_not_allowed"),
    ("DELETE", "/docs", 405, "method_not_allowed"),
    ("GET", BATCH, 405, "method_not_allowed"),
    ("GET", f"{LIST}?limit=51", 422, "invalid_limit"),
    ("GET", f"{LIST}?limit=", 422, "invalid_limit"),
    ("GET", f"{LIST}?explain=perhaps", 422, "invalid_explain"),
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
    ("GET", f"{LIST}?duplicates=maybe", 422, "invalid_duplicates"),
    ("GET", f"{LIST}?fallback=popular", 422, "invalid_fallback"),
    ("GET", f"{LIST}?limt=3", 422, "unknown_option"),
    ("GET", f"{LIST}?sections=News", 422, "unknown_option"),
    ("GET", f"{LIST}?id=ferry-1", 422, "unknown_option"),
    ("GET", f"{LIST}?limt=3&limt=4", 422, "unknown_option"),
    ("GET", f"{LIST}?limit=3&limit=3", 422, "repeated_parameter"),
    ("GET", f"{LIST}?direction=past&direction=any", 422, "repeated_parameter"),
    ("GET", f"{LIST}/%FF", 422, "invalid_other_id"),
    ("GET", f"{LIST}/ferry-2?limt=3", 422, "unknown_option"),
    ("GET", "/v1/recommendations/why?id=ferry-1", 422, "missing_other_id"),
    ("GET", "/v1/recommendations/why?id=a&other_id=b&other_id=c", 422, "repeated_parameter"),
    ("POST", f"{POST}?limit=3", 422, "unknown_option"),
    ("GET", POST, 422, "id_or_url"),
    ("GET", f"{POST}?id=a&url=b", 422, "id_or_url"),
    ("GET", f"{POST}?id=", 422, "invalid_id"),
    ("GET", f"{POST}?id=a&id=b", 422, "repeated_parameter"),
    ("GET", f"{POST}?url=a&url=b", 422, "repeated_parameter"),
    ("GET", "/v1/articles?id=", 422, "invalid_id"),
    ("GET", "/v1/articles?id=a&tag=b", 422, "id_alone"),
    ("GET", "/v1/articles?id=a&id=b", 422, "repeated_parameter"),
    ("GET", "/v1/articles?query=a&query=b", 422, "repeated_parameter"),
    ("GET", f"/v1/articles?query={'a' * 513}", 422, "invalid_query"),
    ("GET", "/v1/articles?limit=101", 422, "invalid_limit"),
    ("GET", "/v1/articles?cursor=", 422, "invalid_cursor"),
    ("GET", "/v1/articles?cursor=ffffffffffffffff", 422, "invalid_cursor"),
    ("GET", "/v1/articles?tags=b", 422, "unknown_option"),
    ("GET", "/v1/articles/ferry-1/topics?limit=5", 422, "unknown_option"),
    ("GET", "/v1/topics", 422, "missing_id"),
    ("GET", "/v1/articles/ferry-1?limit=5", 422, "unknown_option"),
    ("GET", "/v1/articles/%FF", 422, "invalid_id"),
    ("GET", "/v1/articles/%ED%A0%80/recommendations", 422, "invalid_id"),
    ("GET", "/healthz?verbose", 422, "unknown_option"),
    ("GET", "/readyz?verbose=1", 422, "unknown_option"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), ERRORS)
def test_error_is_a_problem_with_a_stable_code(shared_client, method, path, status, code):
    problem = problem_of(shared_client.request(method, path))
    assert (problem.status, problem.code) == (status, code)
    assert problem.instance == path.split("?")[0]
    assert [error.code for error in problem.errors] == ([code] if status == 422 else [])


def test_each_invalid_parameter_is_named(shared_client):
    problem = problem_of(shared_client.get(f"{LIST}?limit=0&explain=x&limt=3"))
    assert {error.parameter: error.code for error in problem.errors} == {
        "limit": "invalid_limit",
        "explain": "invalid_explain",
        "limt": "unknown_option",
    }
    unknown = problem.errors[-1]
    assert unknown.detail == f"unknown; known are: {', '.join(Options.model_fields)}"


def test_long_value_is_not_repeated_in_full(shared_client):
    assert len(shared_client.get(f"{LIST}?limit={'9' * 5000}").content) < 1000


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", LIST, "GET, HEAD"),
        ("POST", "/docs", "GET, HEAD"),
        ("POST", "/v1/articles/x", "DELETE, GET, HEAD, PUT"),
        ("PATCH", "/v1/articles", "DELETE, GET, HEAD, POST, PUT"),
        ("GET", "/v1/models/x/activate", "POST"),
        ("PUT", POST, "GET, HEAD, POST"),
        ("GET", BATCH, "POST"),
    ],
)
def test_wrong_method_is_answered_with_the_allowed_ones(shared_client, method, path, allowed):
    assert shared_client.request(method, path).headers["allow"] == allowed


def test_lists_without_a_model_are_503_and_say_what_to_do(tmp_path):
    with in_process(tmp_path) as client:
        for method, path, body in (
            ("GET", LIST, None),
            ("GET", "/v1/recommendations?id=x", None),
            ("GET", f"{LIST}/ferry-2", None),
            ("GET", "/v1/topics?id=x", None),
            ("POST", POST, {"article": {"title": "x"}}),
            ("POST", BATCH, {"ids": ["x"]}),
        ):
            problem = problem_of(client.request(method, path, json=body))
            assert (problem.status, problem.code) == (503, "no_model")
            assert "run 'alsoread train'" in problem.detail


@pytest.mark.parametrize("damage", ["folder missing", "no database"])
def test_unreadable_archive_is_503_and_lists_go_on(folder, damage, caplog):
    archive = folder / "archive.db"
    archive.unlink()
    if damage == "no database":
        archive.write_bytes(b"no database, " * 1000)
    else:
        archive = folder / "missing" / "archive.db"
    with in_process(folder, archive=f"sqlite:///{archive}") as client:
        for path in ("/v1/articles/ferry-1", "/v1/articles?query=ferry"):
            reply = client.get(path)
            assert (reply.status_code, problem_of(reply).code) == (503, "archive_unavailable")
            assert str(folder) not in reply.text
        assert str(folder) in caplog.text
        assert client.get(LIST).status_code == 200
        assert problem_of(client.get("/v1/articles/x/recommendations")).code == "article_not_found"


def test_internal_error_is_logged_with_its_request_and_not_shown(shared_folder, caplog):
    app = create_app(settings(shared_folder))

    @app.get("/fails")
    async def fails():
        raise RuntimeError("password 1234")

    with TestClient(app) as client:
        reply = client.get("/fails", headers={"X-Request-ID": "abc-1"})
    problem = problem_of(reply)
    assert (problem.status, problem.code) == (500, "internal_error")
    assert problem.detail == "internal error; see the log"
    assert "1234" not in reply.text
    assert reply.headers["x-request-id"] == "abc-1"
    assert "abc-1" in caplog.text
    assert "password 1234" in caplog.text


def test_broken_stream_is_not_continued_with_a_problem(shared_folder):
    app = create_app(settings(shared_folder))

    def half():
        yield b"half"
        raise RuntimeError("broken")

    @app.get("/breaks")
    async def breaks():
        return StreamingResponse(half())

    with TestClient(app) as client, pytest.raises(RuntimeError, match="broken"):
        client.get("/breaks")
