"""The theme of a course: what a spec and a theme's folder say, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from clm.builder.options import BuildOptions
from clm.builder.sessions.watch_files import WatchedFiles
from clm.course.course import Course
from clm.course.spec import CourseSpec
from clm.course.syntax.reader import load_spec
from clm.errors import Diagnostic, SpecError
from clm.theme.course_theme import CourseTheme, FontFace

SPEC = "name: {de: Kurs, en: Course}\nsections: [{name: Woche, topics: [intro]}]\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
WOFF2 = b"wOF2" + bytes(60)


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., CourseTheme]:
    """Load a course with this theme and these files, and return its theme."""

    def load(theme: str, **files: str | bytes) -> CourseTheme:
        return course_in(tmp_path, theme, files).found_theme.theme

    return load


@pytest.fixture
def fault(tmp_path: Path) -> Callable[..., Diagnostic]:
    """Load a course with this theme and these files, and return its only problem."""

    def load(theme: str, **files: str | bytes) -> Diagnostic:
        with pytest.raises(SpecError) as caught:
            course_in(tmp_path, theme, files)
        assert len(caught.value.problems) == 1, [str(p) for p in caught.value.problems]
        return caught.value.problems[0]

    return load


def course_in(folder: Path, theme: str, files: dict[str, str | bytes]) -> Course:
    topic = folder / "slides" / "module_100_m" / "topic_100_intro"
    topic.mkdir(parents=True, exist_ok=True)
    (topic / "slides_a.py").write_text("x")
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return Course.load(spec_in(folder, theme))


def spec_in(folder: Path, theme: str) -> CourseSpec:
    spec = folder / "course.yaml"
    spec.write_text(SPEC + theme, encoding="utf-8")
    return load_spec(spec)


def test_no_theme_changes_nothing(found: Callable[..., CourseTheme]) -> None:
    theme = found("")
    assert theme == CourseTheme()
    assert theme.css(str) == ""


def test_name_alone_is_theme(found: Callable[..., CourseTheme]) -> None:
    assert found("theme: classic\n").name == "classic"
    assert found("theme: {name: house, mode: dark}\n") == CourseTheme("house", mode="dark")


def test_one_color_gives_others(found: Callable[..., CourseTheme]) -> None:
    theme = found('theme: {colors: {accent: "#0B5394"}}\n')
    assert theme.colors["accent"][0] == "#0b5394"
    assert theme.colors["accent"][1] != "#0b5394"
    assert set(theme.colors) == {"accent", "accent-soft", "accent-rule", "on-accent"}
    assert "--accent: light-dark(#0b5394, " in theme.css(str)


def test_both_colors_kept(found: Callable[..., CourseTheme]) -> None:
    theme = found('theme: {colors: {accent: {light: "#0b5394", dark: "#9cf"}}}\n')
    assert theme.colors["accent"] == ("#0b5394", "#99ccff")


@pytest.mark.parametrize(
    ("colors", "pair"),
    [
        ('{accent: "#ffd000"}', "accent #ffd000 on page #fdfcfa in light pages"),
        ('{accent: {light: "#0b5394", dark: "#333333"}}', "accent #333333 on page #15181b in dark"),
        ('{text: "#999999"}', "text #999999 on page #fdfcfa in light pages"),
        ('{page: {dark: "#777777"}}', "on page #777777 in dark pages"),
        ('{keyword: "#eeeeee"}', "keyword #eeeeee on page"),
    ],
)
def test_poor_contrast_names_pair(fault: Callable[..., Diagnostic], colors: str, pair: str) -> None:
    problem = fault(f"theme:\n  colors: {colors}\n")
    assert pair in problem.message
    assert problem.place is not None
    assert problem.place.line == 4
    assert problem.hint


def test_readable_color_proposed(fault: Callable[..., Diagnostic], tmp_path: Path) -> None:
    hint = fault('theme: {colors: {accent: "#ffd000"}}\n').hint
    assert hint is not None
    proposed, _, entry = hint.partition(" can be read: ")
    spec = f"theme: {{colors: {{{entry}}}}}\n"
    assert course_in(tmp_path, spec, {}).found_theme.theme.colors["accent"][0] == proposed


@pytest.mark.parametrize(
    "color",
    ["red", "#12", "#0a6a68; } body { display: none", "url(//x)", "var(--text)", "#0a6a68 "],
)
def test_only_hex_colors(tmp_path: Path, color: str) -> None:
    text = f'theme: {{colors: {{accent: "{color}"}}}}\n'
    if color.strip() == "#0a6a68":
        assert spec_in(tmp_path, text).theme.colors == {"accent": ("#0a6a68", "")}
        return
    with pytest.raises(SpecError, match="is not a colour"):
        spec_in(tmp_path, text)


def test_color_without_quotes_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        spec_in(tmp_path, "theme:\n  colors:\n    accent: #0a6a68\n")
    (problem,) = caught.value.problems
    assert "has no value" in problem.message
    assert problem.hint == 'put the colour in quotes: accent: "#0a6a68"'


@pytest.mark.parametrize("key", ["color", "acent", "accent-soft", "on-accent"])
def test_unknown_color_named(tmp_path: Path, key: str) -> None:
    with pytest.raises(SpecError, match=f"unknown key '{key}'"):
        spec_in(tmp_path, f'theme: {{colors: {{{key}: "#0a6a68"}}}}\n')


@pytest.mark.parametrize("theme", ["{mode: pink}", "{name: Not a name}", "../theme", "./", "5"])
def test_wrong_theme_refused(tmp_path: Path, theme: str) -> None:
    with pytest.raises(SpecError):
        spec_in(tmp_path, f"theme: {theme}\n")


def test_classic_has_own_colors(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="'classic' has its own colours"):
        spec_in(tmp_path, 'theme: {name: classic, colors: {accent: "#0a6a68"}}\n')


def test_files_are_inputs(tmp_path: Path) -> None:
    theme = (
        "theme:\n  logo: {light: img/logo.svg, dark: img/dark.png}\n"
        "  fonts:\n    text: fonts/a.woff2\n"
        "    code: {variable: fonts/c.woff2, variable-italic: fonts/d.woff2}\n"
    )
    png = b"\x89PNG\r\n" + bytes(9)
    files = {f"fonts/{name}.woff2": WOFF2 for name in "acd"}
    course = course_in(tmp_path, theme, {"img/logo.svg": SVG, "img/dark.png": png, **files})
    found = course.found_theme
    assert found.theme.logo == "theme-files/img/logo.svg"
    assert found.theme.fonts == (
        FontFace("text", "theme-files/fonts/a.woff2"),
        FontFace("code", "theme-files/fonts/c.woff2", "normal", "100 900"),
        FontFace("code", "theme-files/fonts/d.woff2", "italic", "100 900"),
    )
    assert len(found.files) == 5
    css = found.theme.css(lambda name: f"data:{name}")
    assert 'src: url("data:theme-files/fonts/a.woff2")' in css
    assert '--serif: "clm-text", Charter' in css


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("logo.svg", "<svg><script>1</script></svg>", "has an element 'script'"),
        ("logo.svg", '<svg onload="x()"/>', "has an attribute 'onload'"),
        ("logo.svg", '<svg><image href="https://x.org/a.png"/></svg>', "attribute 'href'"),
        ("logo.svg", '<svg><a xlink:href="javascript:x"/></svg>', "attribute 'xlink:href'"),
        ("logo.svg", '<!DOCTYPE s [<!ENTITY a "b">]><svg>&a;</svg>', "declares entities"),
        ("logo.svg", "<svg><foreignObject/></svg>", "has an element 'foreignObject'"),
        ("logo.svg", "<html/>", "is no SVG picture"),
        ("logo.svg", "<svg>", "is no XML"),
        ("logo.png", "<svg/>", "is no .png file"),
        ("logo.html", "<p>", "is not one of .svg"),
        ("logo.png", b"\x89PNG\r\n" + bytes(500_001), "more than 500,000 bytes"),
    ],
)
def test_unsafe_logo_refused(
    fault: Callable[..., Diagnostic], name: str, data: str | bytes, message: str
) -> None:
    problem = fault(f"theme: {{logo: {name}}}\n", **{name: data})
    assert message in problem.message
    assert problem.place is not None
    assert problem.place.line == 3


def test_missing_file_named(fault: Callable[..., Diagnostic]) -> None:
    assert "the logo 'a.svg' is not a file" in fault("theme: {logo: a.svg}\n").message


def test_file_outside_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="leaves its folder"):
        spec_in(tmp_path, "theme: {logo: ../a.svg}\n")


def test_font_that_is_none_refused(fault: Callable[..., Diagnostic]) -> None:
    problem = fault("theme: {fonts: {text: a.woff2}}\n", **{"a.woff2": "text"})
    assert "is no .woff2 file" in problem.message


@pytest.mark.parametrize(
    ("fonts", "message"),
    [("{bold: a.ttf}", "no regular font"), ("{regular: a.ttf, variable: a.ttf}", "both a regular")],
)
def test_fonts_of_role_complete(tmp_path: Path, fonts: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        spec_in(tmp_path, f"theme: {{fonts: {{text: {fonts}}}}}\n")


def test_folder_has_theme(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "house/theme.yaml": 'logo: logo.svg\ncolors: {accent: "#0b5394", rose: "#9c2438"}\n',
        "house/logo.svg": SVG,
        "house/theme.css": "h1 {}",
    }
    course = course_in(tmp_path, 'theme: {name: ./house, colors: {accent: "#5b2a86"}}\n', files)
    theme = course.found_theme.theme
    assert (theme.has_folder, theme.logo) == (True, "theme/logo.svg")
    assert theme.colors["accent"][0] == "#5b2a86"
    assert theme.colors["rose"][0] == "#9c2438"
    names = [str(file.topic_path) for file in course.found_theme.files]
    assert names == ["theme/logo.svg", "theme/theme.css"]


def test_theme_is_watched(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"house/theme.css": "", "a.svg": SVG, "f/b.woff2": WOFF2}
    theme = "theme: {name: ./house, logo: a.svg, fonts: {text: f/b.woff2}}\n"
    course = course_in(tmp_path, theme, files)
    watched = WatchedFiles.of_course(BuildOptions(tmp_path / "course.yaml"), course)
    assert watched.trees >= {tmp_path / name for name in ("house", "a.svg", "f/b.woff2")}


def test_problem_in_folder_placed(fault: Callable[..., Diagnostic]) -> None:
    files = {"house/theme.yaml": 'footer: x\ncolors:\n  accent: "#ffd000"\n'}
    place = fault("theme: house/\n", **files).place
    assert place is not None
    assert (place.file, place.line) == ("house/theme.yaml", 3)


def test_missing_folder_named(fault: Callable[..., Diagnostic]) -> None:
    assert "no folder 'house' with a theme" in fault("theme: ./house\n").message


def test_folder_names_no_theme(fault: Callable[..., Diagnostic]) -> None:
    problem = fault("theme: ./house\n", **{"house/theme.yaml": "name: classic\n"})
    assert "has no 'name'" in problem.message


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("A & B", "A &amp; B"),
        ("<script>", "&lt;script&gt;"),
        ("[Imprint](https://a.org/x?a=1&b=2)", '<a href="https://a.org/x?a=1&amp;b=2">Imprint</a>'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ('[x](https://a.org/"b=)', '<a href="https://a.org/&quot;b=">x</a>'),
        ("[<b>](mailto:a@b.org)", '<a href="mailto:a@b.org">&lt;b&gt;</a>'),
    ],
)
def test_footer_is_safe(text: str, html: str) -> None:
    assert CourseTheme(footer={"en": text}).footer_html("en") == html


def test_xml_has_same_theme(tmp_path: Path) -> None:
    xml = tmp_path / "course.xml"
    xml.write_text(
        "<course><name><de>Kurs</de><en>Course</en></name>"
        "<theme><mode>dark</mode><colors><accent>#0b5394</accent></colors>"
        "<footer><de>Ende</de><en>End</en></footer></theme>"
        "<sections><section><name>Woche</name><topics><topic>intro</topic></topics></section>"
        "</sections></course>"
    )
    yaml = 'theme: {mode: dark, colors: {accent: "#0b5394"}, footer: {de: Ende, en: End}}\n'
    assert load_spec(xml).theme == spec_in(tmp_path, yaml).theme


def test_written_theme_read_again(tmp_path: Path) -> None:
    from clm.course.syntax.writer import spec_as_yaml

    text = (
        "theme:\n  name: ./house\n  mode: dark\n  logo: {light: a.svg, dark: b.svg}\n"
        '  colors: {accent: "#0b5394", rose: {light: "#9c2438", dark: "#ffaaaa"}}\n'
        "  fonts: {text: a.woff2, code: {variable: b.woff2}}\n  footer: {de: a, en: b}\n"
    )
    spec = spec_in(tmp_path, text)
    again = tmp_path / "again.yaml"
    again.write_text(spec_as_yaml(spec), encoding="utf-8")
    assert load_spec(again).theme == spec.theme
    assert spec.theme.folder == PurePosixPath("house")
