"""The report as a page: its charts and stylesheet."""


def test_report_page_has_charts_and_no_inline_style(shared_client):
    page = shared_client.get("/report")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "style=" not in page.text
    assert "<style" not in page.text
    for name in ("scores", "in-degree", "ages", "fill"):
        for theme in ("light", "dark"):
            chart = shared_client.get(f"/report/{name}-{theme}.svg")
            assert (chart.status_code, chart.headers["content-type"]) == (200, "image/svg+xml")
    assert shared_client.get("/report/none.svg").status_code == 404
    assert shared_client.get("/report/report.css").headers["content-type"].startswith("text/css")
