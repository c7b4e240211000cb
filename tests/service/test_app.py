"""The app starts with nothing there, tells what it can do, and loads no more than it needs."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from support.serving import NEWS, in_process, settings, trained

from recommender import Options
from service import Settings, create_app

READ = {"200", "304", "401", "404", "422", "500", "503"}
WRITE = {"200", "401", "403", "422", "500", "503"}
CALLS = {
    "GET /v1/articles/{id}/recommendations": READ,
    "GET /v1/articles/{id}/recommendations/{other_id}": READ,
    "GET /v1/recommendations": READ,
    "GET /v1/recommendations/why": READ,
    "POST /v1/recommendations": READ - {"304"} | {"413"},
    "POST /v1/recommendations/batch": READ - {"304", "404"} | {"413"},
    "GET /v1/articles/{id}/topics": READ,
    "GET /v1/report": READ,
    "GET /v1/topics": READ,
    "GET /v1/articles/{id}": READ,
    "GET /v1/articles": READ,
    "PUT /v1/articles/{id}": WRITE | {"201", "409", "413"},
    "PUT /v1/articles": WRITE | {"201", "409", "413"},
    "DELETE /v1/articles/{id}": WRITE | {"404", "409"},
    "DELETE /v1/articles": WRITE | {"404", "409"},
    "POST /v1/articles": WRITE - {"503"},
    "GET /v1/models": WRITE,
    "POST /v1/models/{version}/activate": WRITE | {"404"},
    "GET /metrics": {"200", "401", "422", "500"},
    "GET /healthz": {"200", "422", "500"},
    "GET /readyz": {"200", "422", "500", "503"},
}


def calls_of(document):
    """Every call of a document, by method and path."""
    return {
        f"{method.upper()} {path}": call
        for path, calls in document["paths"].items()
        for method, call in calls.items()
    }


@pytest.fixture(scope="module")
def document():
    return create_app(Settings(models="nowhere")).openapi()


def test_the_document_lists_every_call_and_each_of_its_replies(document):
    assert document["info"]["title"] == "alsoread"
    assert document["info"]["version"] == version("alsoread")
    described = {name: set(call["responses"]) for name, call in calls_of(document).items()}
    assert described == CALLS


def test_the_document_says_that_errors_are_problems(document):
    for call in calls_of(document).values():
        for status, reply in call["responses"].items():
            if status >= "400":
                problem = {"$ref": "#/components/schemas/ProblemReply"}
                assert reply["content"] == {"application/problem+json": {"schema": problem}}
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_the_document_names_the_options_with_their_ranges(document):
    parameters = document["paths"]["/v1/recommendations"]["get"]["parameters"]
    assert {each["name"] for each in parameters} == {"id", "url", *Options.model_fields}
    limit = next(each["schema"] for each in parameters if each["name"] == "limit")
    assert (limit["default"], limit["minimum"], limit["maximum"]) == (5, 1, 50)
    by_path = document["paths"]["/v1/articles/{id}/recommendations"]["get"]["parameters"]
    assert [each["name"] for each in by_path if each["in"] == "path"] == ["id"]


def test_the_document_has_the_bodies_with_the_same_options(document):
    schemas = document["components"]["schemas"]
    for path, name in [("", "ListRequest"), ("/batch", "BatchRequest")]:
        body = document["paths"][f"/v1/recommendations{path}"]["post"]["requestBody"]["content"]
        assert body == {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        assert set(Options.model_fields) < set(schemas[name]["properties"])
    assert schemas["ListRequest"]["properties"]["limit"]["maximum"] == 50
    assert "Draft" in schemas


def test_the_document_says_what_articles_can_be_looked_for(document):
    call = document["paths"]["/v1/articles"]["get"]
    names = {each["name"] for each in call["parameters"]}
    assert names == {"id", "query", "tag", "section", "limit", "cursor"}
    replies = call["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"]
    assert [reply["$ref"].split("/")[-1] for reply in replies] == ["Found", "Article"]


def test_the_document_is_served_and_shown(tmp_path, document):
    with in_process(tmp_path) as client:
        assert client.get("/openapi.json").json() == document
        assert "openapi.json" in client.get("/docs").text


def test_it_starts_where_there_is_nothing_and_makes_nothing(tmp_path):
    nothing = tmp_path / "nothing"
    with in_process(nothing) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
    assert not nothing.exists()


def test_what_serves_a_list_loads_neither_sklearn_nor_scipy_of_its_own(tmp_path):
    trained(tmp_path, NEWS)
    script = f"""
import sys
import numba  # it asks for scipy's version itself
before = set(sys.modules)
from support.serving import in_process
from pathlib import Path
with in_process(Path({str(tmp_path)!r})) as client:
    for path in ("/v1/articles/ferry-1/recommendations?explain=true&limit=50&exclude=a/b",
                 "/v1/recommendations?id=ferry-1", "/v1/articles/ferry-1", "/readyz",
                 "/v1/articles/ferry-1/topics", "/v1/articles?query=ferry"):
        assert client.get(path).status_code == 200
loaded = {{name.split(".")[0] for name in set(sys.modules) - before}}
assert "recommender" in loaded
assert not loaded & {{"sklearn", "scipy", "joblib", "pandas"}}, loaded
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parent)


def test_the_environment_is_read_when_no_settings_are_given(monkeypatch, tmp_path):
    monkeypatch.setenv("ALSOREAD_MODELS", str(tmp_path / "elsewhere"))
    assert create_app().state.settings.models == tmp_path / "elsewhere"
    assert create_app(settings(tmp_path)).state.settings.models == tmp_path / "models"
