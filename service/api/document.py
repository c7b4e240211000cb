"""The OpenAPI document: bodies, problems, and stable names, which generated clients need."""

from __future__ import annotations

from typing import Any

from service.api.bodies import body_schemas
from service.http.problems import MEDIA_TYPE

# Component names are part of the contract: a renamed class keeps the name of its component.
_COMPONENTS = {
    "ArticleMetadata": "Card",
    "GraphQuality": "Closeness",
    "ModelInfo": "Version",
}
# Components that may have further properties.
_OPEN = {"Card", "Draft", "Found"}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """Return FastAPI's document with bodies, the media type of problems, and stable names."""
    schemas = document["components"]["schemas"]
    schemas |= body_schemas()
    for operations in document["paths"].values():
        for operation in operations.values():
            _complete_responses(operation["responses"])
    for name, component in _COMPONENTS.items():
        schemas[component] = schemas.pop(name) | {"title": component}
    for name, schema in schemas.items():
        if "properties" in schema and name not in _OPEN:
            schema.setdefault("additionalProperties", False)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    renamed: dict[str, Any] = _renamed(document)
    return renamed


def _complete_responses(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        for media in (content := response.get("content", {})).values():
            if "$ref" in media["schema"]:
                media["schema"].pop("type", None)
        if status >= "400":
            response["content"] = {MEDIA_TYPE: content.popitem()[1]}


def _renamed(value: Any) -> Any:
    """Return a part of the document with references to the stable component names."""
    if isinstance(value, dict):
        return {key: _renamed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner) for inner in value]
    if isinstance(value, str) and value.startswith("#/components/schemas/"):
        prefix, _, name = value.rpartition("/")
        return f"{prefix}/{_COMPONENTS.get(name, name)}"
    return value
