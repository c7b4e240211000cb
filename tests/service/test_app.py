"""The app: it starts with nothing there, and loads no more than it needs."""

from support.serving import in_process, run_script, settings

from service import create_app


def test_service_starts_without_anything_and_creates_nothing(tmp_path):
    nothing = tmp_path / "nothing"
    with in_process(nothing) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
    assert not nothing.exists()


def test_serving_a_list_loads_neither_sklearn_nor_scipy(shared_folder):
    run_script(f"""
import sys
import numba  # it asks for scipy's version itself
before = set(sys.modules)
from support.serving import in_process
from pathlib import Path
with in_process(Path({str(shared_folder)!r})) as client:
    for path in ("/v1/articles/ferry-1/recommendations?explain=true&limit=50&exclude=a/b",
                 "/v1/recommendations?id=ferry-1", "/v1/articles/ferry-1", "/readyz",
                 "/v1/articles/ferry-1/topics", "/v1/articles?query=ferry"):
        assert client.get(path).status_code == 200
loaded = {{name.split(".")[0] for name in set(sys.modules) - before}}
assert "recommender" in loaded
assert not loaded & {{"sklearn", "scipy", "joblib", "pandas"}}, loaded
""")


def test_environment_is_read_when_no_settings_are_passed(monkeypatch, tmp_path):
    monkeypatch.setenv("ALSOREAD_MODELS", str(tmp_path / "elsewhere"))
    assert create_app().state.settings.models == tmp_path / "elsewhere"
    assert create_app(settings(tmp_path)).state.settings.models == tmp_path / "models"
