import pytest
from clm.testing import MakeProject, messages

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Titel & Text", "Title & Text") }}

# %% [markdown]
# [a site](https://example.org)
"""


def pages(course_project: MakeProject, more_spec: str = "") -> list[str]:
    course = course_project(
        {"intro/slides_a.py": DECK},
        plugins=["notebook", "house"],
        settings={"notebook": {"extensions": ["house"]}},
    )
    course.more_spec = more_spec
    course.write_spec()
    report = course.build()
    assert (report.ok, messages(report)) == (True, "")
    outputs = course.outputs().items()
    return [data.decode() for name, data in outputs if name.endswith(".html") and "/En/" in name]


@pytest.fixture
def styled(course_project: MakeProject) -> list[str]:
    return pages(course_project, "theme: house\n")


def test_page_has_bar_with_logo(styled: list[str]) -> None:
    assert styled
    for page in styled:
        assert '<header class="house-bar"><img src="data:image/svg+xml;base64,' in page
        assert "Title &amp; Text</header>" in page
        assert "--house: #0b5394" in page


def test_links_open_in_new_tab(styled: list[str]) -> None:
    assert all('<a href="https://example.org" target="_blank"' in page for page in styled)


def test_no_theme_unless_named(course_project: MakeProject) -> None:
    assert not any("house-bar" in page for page in pages(course_project))
