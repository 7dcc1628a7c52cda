"""Specs written as YAML: nothing is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clm.course.spec import CourseSpec
from clm.course.syntax.reader import load_spec, read_spec
from clm.course.syntax.writer import spec_as_yaml

Element = ElementTree.Element

texts = st.one_of(
    st.sampled_from(["x", "no", "true", "1", "1e3", "0x1F", "null", "~", "", "a: b", "# x", "- x",
                     "Größe", "'q'", '"', "\\n", "*a", "&a", "!t", "%Y", "@x", "{a}", "[a]", "="]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=12),
)  # fmt: skip
names = st.sampled_from(["a", "b/c", "ä ö", "x.y", "no", "12", "build"])
flags = st.sampled_from(["true", "false", "yes", "no", "1", "0"])
formats = st.lists(st.sampled_from(["html", "notebook", "code"]), unique=True)


def element(tag: str, *children: Element, text: str = "", **attributes: str) -> Element:
    made = Element(tag, {key.replace("_", "-"): value for key, value in attributes.items()})
    made.text = text
    made.extend(children)
    return made


@st.composite
def some(draw: st.DrawFn, **values: st.SearchStrategy[str]) -> dict[str, str]:
    """A random subset of these attributes."""
    return {key: draw(value) for key, value in values.items() if draw(st.booleans())}


@st.composite
def by_language(draw: st.DrawFn, tag: str) -> Element:
    if draw(st.booleans()):
        return element(tag, text=draw(texts))
    codes = draw(st.lists(st.sampled_from(["de", "en", "fr"]), min_size=1, unique=True))
    return element(tag, *(element(code, text=draw(texts)) for code in codes))


@st.composite
def lists(draw: st.DrawFn, tag: str, item: str, values: st.SearchStrategy[str]) -> Element:
    items = draw(st.lists(values, max_size=4, unique=True))
    return element(tag, *(element(item, text=value) for value in items))


@st.composite
def dir_groups(draw: st.DrawFn) -> Element:
    lang = st.sampled_from(("de", "en"))
    attributes = draw(some(include_root_files=flags, recursive=flags, lang=lang))
    children = [draw(by_language("name")), element("path", text=draw(names))]
    if draw(st.booleans()):
        children.append(draw(lists("subdirs", "subdir", names)))
    return element("dir-group", *children, **attributes)


@st.composite
def includes(draw: st.DrawFn) -> Element:
    return element("include", source=draw(names), **draw(some(**{"as": names, "optional": flags})))


@st.composite
def topics(draw: st.DrawFn) -> Element:
    attributes = draw(
        some(
            author=texts,
            prog_lang=texts,
            evaluate=flags,
            skip_errors=flags,
            html=texts,
            private_files=flags,
            private=st.sampled_from(["*.csv", "a/*, b", "**/x.y"]),
            module=names,
            export=flags,
            http_replay=flags,
            formats=formats.map(" ".join),
        )
    )
    children = draw(st.lists(st.one_of(includes(), dir_groups()), max_size=2))
    return element("topic", *children, id=draw(names), **attributes)


@st.composite
def activities(draw: st.DrawFn) -> Element:
    texts_by_language = draw(by_language("activity"))
    texts_by_language.attrib.update(draw(some(kind=texts, id=names)))
    return texts_by_language


@st.composite
def subsections(draw: st.DrawFn) -> Element:
    days = st.lists(st.sampled_from(["mon", "Tue", "sun"])).map(", ".join)
    attributes = draw(some(weekday=days, optional=flags, enabled=flags))
    children = draw(st.lists(st.one_of(topics(), activities()), max_size=2))
    if draw(st.booleans()):
        children.insert(0, draw(by_language("name")))
    return element("subsection", *children, **attributes)


@st.composite
def sections(draw: st.DrawFn) -> Element:
    attributes = draw(
        some(id=names, enabled=flags, module=names, optional=flags, http_replay=flags)
    )
    children = [draw(by_language("name"))]
    entries = st.one_of(topics(), subsections(), activities())
    children.append(element("topics", *draw(st.lists(entries, max_size=3))))
    children += draw(st.lists(st.one_of(includes(), dir_groups()), max_size=2))
    if draw(st.booleans()):
        children.append(element("defaults", **draw(some(evaluate=flags, skip_errors=flags))))
    return element("section", *children, **attributes)


@st.composite
def plugin_settings(draw: st.DrawFn) -> Element:
    items = [element("item", text=draw(texts)) for _ in range(draw(st.integers(1, 3)))]
    nested = element("files", element("deep", text=draw(texts)))
    return element("p", element("k", text=draw(texts)), element("l", *items), nested)


@st.composite
def courses(draw: st.DrawFn) -> str:
    children = [draw(by_language("name"))]
    children.append(element("sections", *draw(st.lists(sections(), min_size=1, max_size=2))))
    for _ in range(draw(st.integers(0, 2))):
        channels = [element("channel", name=draw(texts)) for _ in range(draw(st.integers(0, 2)))]
        children.append(element("release-channels", *channels, source=draw(texts)))
    for tag in ("author", "prog-lang", "project-slug", "kernel-python", "sidecar-layout"):
        if draw(st.booleans()):
            children.append(element(tag, text=draw(texts)))
    for tag in ("organization", "description", "certificate"):
        if draw(st.booleans()):
            children.append(draw(by_language(tag)))
    if draw(st.booleans()):
        children.append(element("plugins", draw(plugin_settings())))
    if draw(st.booleans()):
        children.append(element("write-images", text=draw(flags)))
    if draw(st.booleans()):
        codes = st.sampled_from(["de", "en", "fr", "no"])
        children.append(draw(lists("languages", "language", codes)))
    if draw(st.booleans()):
        targets = [
            element(
                "output-target",
                element("path", text=f"out{number}"),
                draw(lists("kinds", "kind", st.sampled_from(["completed", "speaker"]))),
                draw(lists("formats", "format", st.sampled_from(["html", "pdf"]))),
                element("remote-path", text=draw(texts)),
                name=f"t{number}",
                **draw(some(distribute=flags)),
            )
            for number in range(draw(st.integers(1, 2)))
        ]
        children.append(element("output-targets", *targets))
    return ElementTree.tostring(element("course", *children), encoding="unicode")


@settings(max_examples=150)
@given(courses())
def test_xml_to_yaml_round_trip(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "course.xml"
        path.write_text(text, encoding="utf-8")
        spec, problems = read_spec(path)
        if spec is None or problems:
            return  # nothing to write
        written = Path(folder) / "course.yaml"
        written.write_text(spec_as_yaml(spec), encoding="utf-8")
        assert load_spec(written) == spec


def test_generated_specs_often_valid() -> None:
    """Otherwise the test above would be meaningless.

    The draws are the same in each run: how many of them are right varies with chance.
    """
    right = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "course.xml"

        @settings(max_examples=100, database=None, derandomize=True)
        @given(courses())
        def count(text: str) -> None:
            nonlocal right
            path.write_text(text, encoding="utf-8")
            right += not read_spec(path)[1]

        count()
    assert right > 20


def written(spec: CourseSpec) -> str:
    return spec_as_yaml(spec)


@pytest.mark.parametrize("name", ["{de: Kurs}", "{fr: Cours, en: Course}", "Kurs"])
def test_name_languages_kept(write_spec, name: str) -> None:
    spec = load_spec(write_spec(f"name: {name}\nsections: [{{name: W, topics: [a]}}]"))
    path = write_spec(written(spec), "again.yaml")
    assert load_spec(path).languages == spec.languages


def test_defaults_not_written(write_spec) -> None:
    text = "name: Kurs\nprog-lang: python\nsections:\n  - name: Woche\n    topics: [a, b]\n"
    assert written(load_spec(write_spec(text))) == text


def test_ambiguous_texts_quoted(write_spec) -> None:
    spec = load_spec(write_spec("name: 'no'\nsections: [{name: '12', topics: ['true']}]"))
    assert 'name: "no"' in written(spec)
    assert 'topics: ["true"]' in written(spec)


def test_disabled_sections_kept(write_spec) -> None:
    text = "name: K\nsections: [{name: W, topics: [a]}, {name: L, enabled: false}]"
    spec = load_spec(write_spec(text))
    assert load_spec(write_spec(written(spec), "again.yaml")) == spec
