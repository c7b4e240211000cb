"""The archive page and the pages of tags: search, numbers and paging."""

from support.pages import links, texts, tree
from support.serving import in_process, trained

from recommender import Article


def test_archive_is_searched_by_words_tags_and_sections(shared_client):
    def search(query):
        return links(tree(shared_client.get(f"/{query}")), ".cards h3")

    ferry_1, ferry_2 = "/articles/ferry-1", "/articles/ferry-2"
    assert search("") == ["/articles/a%2Fb", ferry_2, ferry_1, "/articles/orchestra"]
    assert search("?query=captain") == search("?tag=ferries&query=captain") == [ferry_2]
    assert search("?section=News&query=&tag=") == [ferry_1]


def test_words_that_are_also_a_tag_lead_to_its_page(shared_client):
    page = tree(shared_client.get("/?query=ferries"))
    assert texts(page, ".cards li") == []
    assert "/tags/ferries" in links(page, ".opening")


def test_numbers_of_the_archive_leave_embargoed_articles_out(shared_embargo_folder):
    with in_process(shared_embargo_folder) as client:
        numbers = texts(tree(client.get("/")), ".numbers dd")
    assert numbers[1] == "9 January 2026 to 11 May 2026"


def test_older_articles_follow_on_the_next_pages(tmp_path):
    trained(tmp_path, [Article(id=f"{n}", title=f"Ferry {n}", tags=["C/C++"]) for n in range(45)])
    with in_process(tmp_path) as client:
        for path in ("/", "/tags/C%2FC%2B%2B"):
            articles = []
            while path:
                page = tree(client.get(path))
                articles += links(page, ".cards h3")
                [path] = [each.attributes["href"] for each in page.css("[rel=next]")] or [None]
            assert len(set(articles)) == len(articles) == 45
