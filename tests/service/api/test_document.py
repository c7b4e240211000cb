"""Whatever is sent, each reply is one that the OpenAPI document names, and none is a failure."""

import json

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
from support.serving import NEWS, bearer, trained
from support.serving import settings as serving

from service import Settings, create_app

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return "\n".join(map(json.dumps, value if isinstance(value, list) else [value])).encode()


CALLS = [
    (path, method)
    for path, calls in create_app(Settings(models="nowhere")).openapi()["paths"].items()
    for method in calls
]


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """The document of a service with a small newsroom."""
    folder = tmp_path_factory.mktemp("newsroom")
    trained(folder, NEWS)
    app = create_app(serving(folder, write_key="w"))
    app.state.manager.refresh()
    return schemathesis.openapi.from_asgi("/openapi.json", app)


RIGHT = [(path, method, GenerationMode.POSITIVE) for path, method in CALLS]
# Of the other calls nothing can be wrong but the path.
WRONG = [(*call, GenerationMode.NEGATIVE) for call in CALLS if "recommendations" in call[0]]


@pytest.mark.parametrize(("path", "method", "mode"), RIGHT + WRONG)
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_reply_is_one_the_document_names(api, path, method, mode, data):
    case = data.draw(api[path][method].as_strategy(generation_mode=mode))
    case.call_and_validate(checks=CHECKS, headers=bearer("w") if data.draw(st.booleans()) else {})
