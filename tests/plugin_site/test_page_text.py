"""Text of pages: parts by heading, without what readers do not see."""

from __future__ import annotations

from clm_plugin_site.page_text import PagePart, PageText, page_text


def parts(body: str) -> list[tuple[str, str, str]]:
    page = page_text(f"<html><body><main>{body}</main></body></html>")
    return [(part.id, part.heading, part.text) for part in page.parts]


def test_headings_begin_parts() -> None:
    body = '<p>a</p><h2 id="x">One <code>f</code></h2><p>b</p><h3 id="y">Two</h3><p>c</p>'
    assert parts(body) == [("", "", "a"), ("x", "One f", "b"), ("y", "Two", "c")]


def test_scripts_and_styles_left_out() -> None:
    assert parts("a<script>x</script><style>y</style><nav>z</nav> b") == [("", "", "a b")]


def test_prompts_and_anchors_left_out() -> None:
    body = '<div class="prompt">In [1]:</div>x<h2 id="h">H<a class="anchor-link">#</a></h2>'
    assert parts(body) == [("", "", "x"), ("h", "H", "")]


def test_text_outside_main_left_out() -> None:
    text = page_text("<title>t</title>before<main>in</main>after")
    assert text.parts == (PagePart("", "", "in"),)


def test_blocks_are_separate_words() -> None:
    assert parts("<ul><li>a</li><li>b</li></ul>c<br>d") == [("", "", "a b c d")]


def test_long_output_left_out() -> None:
    short, long = ('<div class="output_area">' + "9" * n + "</div>" for n in (1900, 2100))
    assert parts(f"a {short} b") == [("", "", f"a {'9' * 1900} b")]
    assert parts(f"a {long} b") == [("", "", "a b")]


def test_first_paragraph_of_text() -> None:
    page = page_text("<main><div>Author</div><p>First  <b>one</b></p><p>Second</p></main>")
    assert page.first_paragraph == "First one"


def test_unclosed_elements_are_read() -> None:
    assert parts("<p>a<p>b<h2 id=h>c<p>d") == [("", "", "a b"), ("h", "c d", "")]


def test_text_is_kept_as_bytes() -> None:
    text = page_text("<main><p>a ü</p><h2 id='x'>H</h2>b</main>")
    assert PageText.from_bytes(text.to_bytes()) == text


def test_packages_of_page_found() -> None:
    html = '<meta name="clm-packages" content="Python 3.12.1; numpy 2.1"><main><p>x</p></main>'
    found = page_text(html)
    assert found.packages == ("Python 3.12.1", "numpy 2.1")
    assert PageText.from_bytes(found.to_bytes()) == found
