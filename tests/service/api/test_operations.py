"""Health and readiness: what runs, what is served, and what is missing."""

from support.serving import in_process, problem_of

from service.api.schemas import Health, Readiness


def test_health_and_readiness_match_their_schemas(shared_client):
    Health.model_validate_json(shared_client.get("/healthz").content, strict=True)
    ready = Readiness.model_validate_json(shared_client.get("/readyz").content, strict=True)
    assert (ready.status, ready.articles, ready.model.revision) == ("ready", 4, 4)


def test_health_is_ok_without_a_model_and_readiness_says_what_to_do(tmp_path):
    with in_process(tmp_path) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        problem = problem_of(client.get("/readyz"))
    assert (problem.status, problem.code) == (503, "no_model")
    assert "run 'alsoread train'" in problem.detail
