"""Text becomes what a reader sees."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.text.html import plain_text
from recommender.text.words import words


def told(html):
    return plain_text(html).split()


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, nothing else",
        "Set-Item <string> if 1 < 2 && 3 > 2",
        "<Name> <your-id> List<String>",
        "a <- b -> c <<EOF",
        "AT&T and R&D; M&S",
        "  kept \n\n as it is\t",
        "",
    ],
)
def test_plain_text_comes_back_as_it_is(text):
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("<p>Ferry <b>late</b></p>", ["Ferry", "late"]),
        ("<P CLASS='x'>Ferry</P>", ["Ferry"]),
        ("<b>Fer</b>ry <i>re</i>fit", ["Ferry", "refit"]),
        ("<p>Caf&eacute; &amp; bar &#233; &#xE9;</p>", ["Café", "&", "bar", "é", "é"]),
        ("one<br>two<br/>three", ["one", "two", "three"]),
        ("<ul><li>one<li>two</ul>three", ["one", "two", "three"]),
        ("<table><tr><td>one</td><td>two</td></tr></table>", ["one", "two"]),
        ("<h2>Head</h2>line", ["Head", "line"]),
        ("<blockquote>said</blockquote>she", ["said", "she"]),
        ('<p title="not this">this</p>', ["this"]),
        ('<img alt="not this">this', ["this"]),
        ("<!-- not this --><p>this</p>", ["this"]),
    ],
)
def test_html_becomes_what_a_reader_sees(html, seen):
    assert told(html) == seen


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>track('<p>not</p>')</script>",
        "<script src=x></script><script>\nif (a<b) not()</script>",
        "<style>p { not: 1 }</style>",
        "<head><title>not</title></head>",
        "<iframe>not</iframe>",
        "<template><p>not</p></template>",
        "<svg><text>not</text></svg>",
        "<object><p>not</p></object>",
        "<noscript>not</noscript>",
        "<noscript><p>not <b>this</b></p></noscript>",
    ],
)
def test_what_a_reader_does_not_see_is_left_out(unseen):
    assert told(f"{unseen}<p>seen</p>") == ["seen"]


@pytest.mark.parametrize("tag", ["nav", "details", "summary", "form", "address", "option", "dl"])
def test_the_end_of_a_block_ends_a_word(tag):
    assert told(f"<p>top</p><{tag}>one</{tag}>two") == ["top", "one", "two"]


@pytest.mark.parametrize(
    ("broken", "seen"),
    [
        ("<p>one <b>two <i>three", ["one", "two", "three"]),
        ("one</p></div>two", ["one", "two"]),
        ("<p>one</b></i>two</p>", ["onetwo"]),
        ('<p class="never closed>one', []),
        ("<p>one</p><script>never closed", ["one"]),
        ("</body></html><p>after</p>", ["after"]),
        ("<p>a &amp b &unknown; &#0;</p>", ["a", "&", "b", "&unknown;", "\ufffd"]),
    ],
)
def test_broken_markup_is_read_as_a_browser_would(broken, seen):
    assert told(broken) == seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Caf&eacute; closes", ["Café", "closes"]),
        ("M&uuml;ller wins", ["Müller", "wins"]),
        ("Tom &amp; Jerry", ["Tom", "&", "Jerry"]),
        ("it&rsquo;s &#8220;late&#8221;", ["it\u2019s", "“late”"]),
    ],
)
def test_entities_are_read_in_text_without_tags_too(text, seen):
    assert told(text) == seen


def test_deeply_nested_markup_takes_no_longer_than_its_length():
    begun = time.perf_counter()
    assert told("<div>" * 40_000 + "<p>bottom</p>") == ["bottom"]
    assert time.perf_counter() - begun < 1.5


MARKUP = st.lists(
    st.sampled_from(["<p>", "</p>", "<b>", "<br/>", "<!--", "-->", "<script>", "</script>", "&#x"])
    | st.text(max_size=8)
).map("".join)


@given(MARKUP)
def test_no_markup_however_odd_stops_it(text):
    assert isinstance(words(plain_text(text)), list)


def test_an_entity_in_plain_text_leaves_the_signs_round_it_alone():
    text = "AT&amp;T: if x<y and z, it is kept. All of it."
    assert plain_text(text) == "AT&T: if x<y and z, it is kept. All of it."


def test_tags_that_never_close_take_no_longer_than_their_length():
    begun = time.perf_counter()
    plain_text("<br>" + "<p " * 20_000 + "<noscript>" * 5_000)
    assert time.perf_counter() - begun < 1.5
