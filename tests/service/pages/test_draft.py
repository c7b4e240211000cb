"""The page of a draft: a text in a form gets the list that the API gives it."""

import pytest
from support.pages import texts, tree


def test_draft_gets_the_list_that_the_api_gives_it(shared_client):
    fields = {"title": "Ferry & gearbox", "body": "Saint Orla <b>in</b> dry dock"}
    options = {"limit": "2", "half_life_days": ""}
    page = tree(shared_client.post("/try", data=fields | options | {"tags": "Ferries, x"}))
    body = {"article": fields | {"tags": ["Ferries", "x"]}, "limit": 2}
    items = shared_client.post("/v1/recommendations", json=body).json()["items"]
    assert texts(page, ".items h3") == [item["title"] for item in items]
    assert page.css_first("[name=title]").attributes["value"] == fields["title"]
    assert page.css_first("textarea").text() == fields["body"]
    assert len(page.css(".items .bars")) == 2


@pytest.mark.parametrize("form", [{}, {"tags": "Ferries"}, {"title": "Ferry", "limit": "0"}])
def test_draft_without_a_list_has_a_message(shared_client, form):
    page = tree(shared_client.post("/try", data=form), 422)
    assert texts(page, ".wrong")
    assert not page.css(".items")
