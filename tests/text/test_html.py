"""HTML becomes the text that a reader sees; plain text stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.text.html import is_html, plain_text


def visible_words(html):
    return plain_text(html).split()


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, nothing else",
        "Set-Item <string> if 1 < 2 && 3 > 2",
        "<Name> <your-id> List<String>",
        "a <- b -> c <<EOF",
        "AT&T and R&D; M&S",
        "  blanks \n\n as they are\t",
        "",
    ],
)
def test_plain_text_is_unchanged(text):
    assert not is_html(text)
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("html", "visible"),
    [
        ("<p>Ferry <b>late</b></p>", ["Ferry", "late"]),
        ("<P CLASS='x'>Ferry</P>", ["Ferry"]),
        ("<b>Fer</b>ry <i>re</i>fit", ["Ferry", "refit"]),
        ("<p>Caf&eacute; &amp; bar &#233; &#xE9;</p>", ["Café", "&", "bar", "é", "é"]),
        ("one<br>two<br/>three", ["one", "two", "three"]),
        ("<ul><li>one<li>two</ul>three", ["one", "two", "three"]),
        ("<table><tr><td>one</td><td>two</td></tr></table>", ["one", "two"]),
        ("<h2>Head</h2>line", ["Head", "line"]),
        ('<p title="not this">this</p>', ["this"]),
        ('<img alt="not this">this', ["this"]),
        ("<!-- not this --><p>this</p>", ["this"]),
    ],
)
def test_html_becomes_what_a_reader_sees(html, visible):
    assert is_html(html)
    assert visible_words(html) == visible


@pytest.mark.parametrize("tag", ["blockquote", "nav", "details", "form", "address", "dl"])
def test_the_end_of_a_block_ends_a_word(tag):
    assert visible_words(f"<p>top</p><{tag}>one</{tag}>two") == ["top", "one", "two"]


@pytest.mark.parametrize(
    "invisible",
    [
        "<script>track('<p>not</p>')</script>",
        "<script src=x></script><script>\nif (a<b) not()</script>",
        "<style>p { not: 1 }</style>",
        "<head><title>not</title></head>",
        "<iframe>not</iframe>",
        "<template><p>not</p></template>",
        "<svg><text>not</text></svg>",
        "<object><p>not</p></object>",
        "<noscript><p>not <b>this</b></p></noscript>",
    ],
)
def test_text_that_a_browser_does_not_show_is_left_out(invisible):
    assert visible_words(f"{invisible}<p>seen</p>") == ["seen"]


@pytest.mark.parametrize(
    ("broken", "visible"),
    [
        ("<p>one <b>two <i>three", ["one", "two", "three"]),
        ("one</p></div>two", ["one", "two"]),
        ("<p>one</b></i>two</p>", ["onetwo"]),
        ('<p class="never closed>one', []),
        ("<p>one</p><script>never closed", ["one"]),
        ("</body></html><p>after</p>", ["after"]),
        ("<p>a &amp b &unknown; &#0;</p>", ["a", "&", "b", "&unknown;", "\ufffd"]),
        ("<p>one</p><noscript>not</noscript>two <noscript>three", ["one", "two", "three"]),
    ],
)
def test_broken_html_is_read_as_a_browser_reads_it(broken, visible):
    assert visible_words(broken) == visible


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("Caf&eacute; closes", "Café closes"),
        ("it&rsquo;s &#8220;late&#8221;", "it\u2019s “late”"),
        (
            "AT&amp;T: if x<y and z, it stays. All of it.",
            "AT&T: if x<y and z, it stays. All of it.",
        ),
    ],
)
def test_entities_are_decoded_in_plain_text_too(text, decoded):
    assert plain_text(text) == decoded


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<b>", "<br/>", "<!--", "-->", "<script>", "</script>"])
        | st.sampled_from(["<noscript>", "</noscript>", "&#x"])
        | st.text(max_size=8)
    ).map("".join)
)
def test_any_html_however_broken_gives_text(html):
    assert isinstance(plain_text(html), str)


# In quadratic time each of these would take minutes.
@pytest.mark.parametrize(
    ("html", "visible"),
    [
        ("<div>" * 400_000 + "<p>bottom</p>", ["bottom"]),
        ("<br>top" + "<p " * 400_000, ["top"]),
        ("<br>top</noscript>" + "<noscript>" * 400_000, ["top"]),
    ],
    ids=["nested", "unclosed", "noscript"],
)
def test_hostile_html_takes_linear_time(html, visible):
    assert visible_words(html) == visible
