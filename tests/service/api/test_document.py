"""The OpenAPI document: its names are a contract, and each reply is one that it describes."""

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.serving import bearer, in_process
from support.serving import settings as serving

from recommender import Options
from service import Settings, create_app

NAMES = Path(__file__).parents[2] / "data" / "openapi_names.json"
DOCUMENT = create_app(Settings(models="nowhere")).openapi()
READ = {"200", "304", "401", "404", "422", "500", "503"}
WRITE = {"200", "401", "403", "422", "500", "503"}
STATUSES = {
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
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def operations():
    """Every operation of the document, by method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    }


@pytest.fixture(scope="module")
def names():
    return json.loads(NAMES.read_text(encoding="utf-8"))


def test_operation_ids_are_those_of_the_contract(names):
    assert sorted(each["operationId"] for each in operations().values()) == names["operations"]


def test_components_and_whether_they_are_open_follow_the_contract(names):
    schemas = DOCUMENT["components"]["schemas"]
    is_open = {name: schema.get("additionalProperties") for name, schema in schemas.items()}
    assert is_open == names["components"]


def test_each_reference_leads_to_a_component():
    prefix = '"#/components/schemas/'
    names = {part.split('"')[0] for part in json.dumps(DOCUMENT).split(prefix)[1:]}
    assert "Recommendations" in names
    assert names <= DOCUMENT["components"]["schemas"].keys()


def test_each_operation_has_all_its_statuses():
    described = {name: set(each["responses"]) for name, each in operations().items()}
    assert described == STATUSES


def test_each_operation_has_a_description_and_a_summary_of_its_own():
    for name, operation in operations().items():
        assert operation["description"].endswith("."), name
        # The default is the name of the function, with which the operation's id begins.
        default = operation["summary"].lower().replace(" ", "_")
        assert not operation["operationId"].startswith(default), name


def test_errors_are_problems_in_the_document():
    problem = {"$ref": "#/components/schemas/ProblemReply"}
    for operation in operations().values():
        for status, reply in operation["responses"].items():
            if status >= "400":
                assert reply["content"] == {"application/problem+json": {"schema": problem}}
    assert "HTTPValidationError" not in DOCUMENT["components"]["schemas"]


def test_options_are_parameters_with_their_ranges():
    parameters = DOCUMENT["paths"]["/v1/recommendations"]["get"]["parameters"]
    assert {each["name"] for each in parameters} == {"id", "url", *Options.model_fields}
    limit = next(each["schema"] for each in parameters if each["name"] == "limit")
    assert (limit["default"], limit["minimum"], limit["maximum"]) == (5, 1, 50)
    by_path = DOCUMENT["paths"]["/v1/articles/{id}/recommendations"]["get"]["parameters"]
    assert [each["name"] for each in by_path if each["in"] == "path"] == ["id"]


def test_bodies_have_the_same_options():
    schemas = DOCUMENT["components"]["schemas"]
    for path, name in (("", "ListRequest"), ("/batch", "BatchRequest")):
        body = DOCUMENT["paths"][f"/v1/recommendations{path}"]["post"]["requestBody"]["content"]
        assert body == {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        assert set(Options.model_fields) < set(schemas[name]["properties"])
    assert schemas["ListRequest"]["properties"]["limit"]["maximum"] == 50


def test_search_has_its_parameters_and_two_kinds_of_reply():
    operation = DOCUMENT["paths"]["/v1/articles"]["get"]
    parameters = {each["name"] for each in operation["parameters"]}
    assert parameters == {"id", "query", "tag", "section", "limit", "cursor"}
    replies = operation["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"]
    assert [reply["$ref"].split("/")[-1] for reply in replies] == ["Found", "Article"]


def test_document_is_served_and_shown(tmp_path):
    with in_process(tmp_path) as client:
        assert client.get("/openapi.json").json() == DOCUMENT
        assert "openapi.json" in client.get("/docs").text
    assert DOCUMENT["info"]["title"] == "alsoread"
    assert DOCUMENT["info"]["version"] == version("alsoread")


def test_document_has_no_pages():
    assert not {"/", "/try", "/articles/{id}", "/static/{name}"} & set(DOCUMENT["paths"])


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return "\n".join(map(json.dumps, value if isinstance(value, list) else [value])).encode()


@pytest.fixture(scope="module")
def api(shared_folder, tmp_path_factory):
    """The document of a service to which requests may write."""
    folder = shutil.copytree(shared_folder, tmp_path_factory.mktemp("api") / "news")
    app = create_app(serving(folder, write_key="w"))
    app.state.manager.refresh()
    return schemathesis.openapi.from_asgi("/openapi.json", app)


ENDPOINTS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
VALID = [(path, method, GenerationMode.POSITIVE) for path, method in ENDPOINTS]
# In other endpoints nothing but the path can be invalid.
INVALID = [(*each, GenerationMode.NEGATIVE) for each in ENDPOINTS if "recommendations" in each[0]]


@pytest.mark.parametrize(("path", "method", "mode"), VALID + INVALID)
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_reply_to_any_request_is_one_that_the_document_describes(api, path, method, mode, data):
    case = data.draw(api[path][method].as_strategy(generation_mode=mode))
    case.call_and_validate(checks=CHECKS, headers=bearer("w") if data.draw(st.booleans()) else {})
