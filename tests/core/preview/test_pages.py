"""Lists of pages in the dashboard of a preview."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.preview.pages import dashboard, media_type, with_script
from clm.preview.trees import ServedTree, ServedTrees


def trees_with(folder: Path, *pages: str) -> ServedTrees:
    for page in pages:
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / page).write_text("page")
    names = {"public/De": True, "public/De/inner": False}
    return ServedTrees(folder, tuple(ServedTree(n, "de", p) for n, p in names.items()), "secret")


def links(text: str) -> list[str]:
    return [part.partition('"')[0] for part in text.split('href="/course/')[1:]]


def test_pages_sorted_by_folder(tmp_path: Path) -> None:
    pages = ["public/De/b/x.html", "public/De/a/z.html", "public/De/a/c/y.html"]
    text = dashboard("", trees_with(tmp_path, *pages, "public/De/a/no.txt"), details=False)
    assert links(text) == [pages[1], pages[2], pages[0]]


def test_front_page_stands_for_all(tmp_path: Path) -> None:
    trees = trees_with(tmp_path, "public/De/index.html", "public/De/a/x.html")
    assert links(dashboard("", trees, details=False)) == ["public/De/index.html"]


def test_inner_tree_listed_for_itself(tmp_path: Path) -> None:
    trees = trees_with(tmp_path, "public/De/x.html", "public/De/inner/y.html")
    assert links(dashboard("", trees, details=False)) == ["public/De/x.html"]
    assert "/secret/public/De/inner/y.html" in dashboard("", trees, details=True)


@pytest.mark.parametrize(("number", "opened"), [(3, True), (100, False)])
def test_long_lists_are_folded(tmp_path: Path, number: int, opened: bool) -> None:
    trees = trees_with(tmp_path, *(f"public/De/a/{n}.html" for n in range(number)))
    assert ("<details open>" in dashboard("", trees, details=False)) is opened


def test_names_are_escaped(tmp_path: Path) -> None:
    trees = trees_with(tmp_path, 'public/De/<i>/a "b" & #%c.html')
    text = dashboard("<title>", trees, details=False)
    assert "<i>" not in text and "<title>: preview" not in text
    assert links(text) == ["public/De/%3Ci%3E/a%20%22b%22%20%26%20%23%25c.html"]


def test_tree_without_outputs_is_empty(tmp_path: Path) -> None:
    assert "<section><h2>" not in dashboard("", trees_with(tmp_path), details=True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("x.HTML", "text/html; charset=utf-8"), ("x.js", "text/javascript; charset=utf-8"),
     ("x.py", "text/plain; charset=utf-8"), ("x.svg", "image/svg+xml"), ("x.woff2", "font/woff2"),
     ("x.unknown", "application/octet-stream")],
)  # fmt: skip
def test_type_of_file(name: str, kind: str) -> None:
    assert media_type(name) == kind


def test_script_is_last_in_body() -> None:
    page = b"<body>a <code>&lt;/body></code> </body></html>"
    made = with_script(page, '/course/"<x>', "1-2").decode()
    assert made.endswith('data-stamp="1-2"></script></body></html>')
    assert 'data-page="/course/&quot;&lt;x&gt;"' in made
