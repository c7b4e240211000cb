"""Static files of the pages: immutable at the address with their hash."""

import re


def test_file_is_immutable_at_the_address_with_its_hash(shared_client):
    [address] = re.findall(r'href="(/static/style[^"]*)"', shared_client.get("/").text)
    hashed, plain = shared_client.get(address), shared_client.get("/static/style.css")
    assert "immutable" in hashed.headers["cache-control"]
    assert "immutable" not in plain.headers["cache-control"]
    assert hashed.headers["content-type"] == "text/css; charset=utf-8"
    tag = {"If-None-Match": hashed.headers["etag"]}
    assert shared_client.get(address, headers=tag).status_code == 304


def test_other_paths_under_static_are_404(shared_client):
    for path in ("/static/nothing.css", "/static/..%2Frouters.py", "/static/%2e%2e"):
        assert shared_client.get(path).status_code == 404
