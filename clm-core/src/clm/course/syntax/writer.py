"""Writer of course specs in YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from clm.course.spec import (
    ActivitySpec,
    CourseSpec,
    Defaults,
    DirGroupSpec,
    IncludeSpec,
    LanguageSpec,
    OutputTargetSpec,
    SectionEntry,
    SectionSpec,
    ThemeSpec,
    TopicSpec,
)
from clm.jobs.languages import USUAL_LANGUAGES

_WIDTH = 100
# Texts that need no quotes in any version of YAML.
_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./ äöüÄÖÜßéè-]*[A-Za-z0-9_äöüÄÖÜßéè]|[A-Za-z]")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
_SHORT = 3  # entries of a mapping on one line

Data = dict[str, Any]


def spec_as_yaml(spec: CourseSpec) -> str:
    """Return the spec as the text of a YAML file; `load_spec` reads an equal spec from it.

    Default values are omitted.
    """
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = StringIO()
    yaml.dump(_styled(_course(spec), depth=0), text)
    return text.getvalue()


def _course(spec: CourseSpec) -> Data:
    languages = spec.languages
    data = _without_empty(
        {
            "name": _name(spec),
            "languages": [_language(language) for language in spec.language_specs.values()],
            "prog-lang": spec.prog_lang,
            "author": spec.author,
            "organization": _texts(spec.organization, languages),
            "description": _texts(spec.description, languages),
            "certificate": _texts(spec.certificate, languages),
            "github": dict(spec.github),
            "project-slug": spec.project_slug,
            **spec.plugin_defaults,
            "requires": list(spec.requires),
            "local-plugins": list(spec.local_plugins),
            "executors": list(spec.executors),
            "plugins": {name: dict(settings) for name, settings in spec.plugins.items()},
            "theme": _theme(spec.theme, languages),
            "write-images": spec.write_images,
            "defaults": _defaults(spec.defaults),
            "sections": [_section(section, languages) for section in spec.sections],
            "dir-groups": _dir_groups(spec.dir_groups, languages),
            "output-targets": [_target(target) for target in spec.output_targets],
        },
        keep=("name", "prog-lang", "sections"),
    )
    return {**data, **spec.kept}


def _name(spec: CourseSpec) -> Any:
    # If the languages are not given, they are those of the name.
    if not spec.language_specs and spec.languages != USUAL_LANGUAGES:
        return dict(spec.name)
    return _texts(spec.name, spec.languages, always=True)


def _without_empty(data: Data, keep: Iterable[str] = ()) -> Data:
    kept = tuple(keep)
    return {
        key: value
        for key, value in data.items()
        if key in kept or not (value is None or value is False or value in ("", [], {}))
    }


def _texts(texts: Mapping[str, str], languages: tuple[str, ...], *, always: bool = False) -> Any:
    """A text per language, or one if all are equal."""
    if not always and not any(texts.values()):
        # An empty text differs from a missing one.
        return {code: "" for code in languages} if texts else None
    different = set(texts.values())
    return next(iter(different)) if len(different) == 1 else dict(texts)


def _language(language: LanguageSpec) -> Any:
    usual = LanguageSpec.usual(language.id)
    if language == usual:
        return language.id
    data = {"id": language.id}
    if language.label != usual.label:
        data["label"] = language.label
    if language.slides_folder != usual.slides_folder:
        data["slides-folder"] = language.slides_folder
    return data


def _defaults(defaults: Defaults) -> Data:
    return _with_formats(dict(defaults.options), defaults.formats)


def _with_formats(data: Data, formats: tuple[str, ...]) -> Data:
    return {**data, "formats": list(formats)} if formats else data


def _section(section: SectionSpec, languages: tuple[str, ...]) -> Data:
    data = _without_empty(
        {
            "name": _texts(section.name, languages, always=True),
            "id": section.id,
            "module": section.module,
            "defaults": _defaults(section.defaults),
            "optional": section.optional,
            "topics": [_entry(entry, languages) for entry in section.outline],
            "includes": [_include(include) for include in section.includes],
            "dir-groups": _dir_groups(section.dir_groups, languages),
        },
        keep=("name", "topics"),
    )
    return {**data, **section.kept, **({} if section.enabled else {"enabled": False})}


def _entry(entry: SectionEntry, languages: tuple[str, ...]) -> Any:
    if isinstance(entry, TopicSpec):
        return _topic(entry, languages)
    if isinstance(entry, ActivitySpec):
        text = _texts(entry.text, languages, always=True)
        return _without_empty({"activity": text, "kind": entry.kind, "id": entry.id})
    data = _without_empty(
        {
            "name": _texts(entry.name, languages),
            "weekday": list(entry.weekdays),
            "optional": entry.optional,
            "topics": [_entry(inner, languages) for inner in entry.entries],
        },
        keep=("topics",),
    )
    return data if entry.enabled else {**data, "enabled": False}


def _topic(topic: TopicSpec, languages: tuple[str, ...]) -> Any:
    data: Data = {"id": topic.id, **topic.options}
    if topic.module:
        data["module"] = topic.module
    data = _with_formats(data, topic.formats)
    if topic.without_formats:
        data["html"] = False
    if topic.private:
        data["private"] = [glob.pattern for glob in topic.private]
    if not topic.export:
        data["export"] = False
    if topic.includes:
        data["includes"] = [_include(include) for include in topic.includes]
    if topic.dir_groups:
        data["dir-groups"] = _dir_groups(topic.dir_groups, languages)
    return data if len(data) > 1 else topic.id


def _include(include: IncludeSpec) -> Any:
    data: Data = {"source": str(include.source)}
    if str(include.target) != include.source.name:
        data["as"] = str(include.target)
    if include.optional:
        data["optional"] = True
    return data if len(data) > 1 else data["source"]


def _dir_groups(groups: Iterable[DirGroupSpec], languages: tuple[str, ...]) -> list[Data]:
    found = []
    for group in groups:
        data: Data = {
            "name": _texts(group.name, languages, always=True),
            "path": str(group.path),
        }
        if group.subdirs:
            data["subdirs"] = [str(subdir) for subdir in group.subdirs]
        if group.include_root_files:
            data["include-root-files"] = True
        if not group.recursive:
            data["recursive"] = False
        if group.language:
            data["lang"] = group.language
        found.append(data)
    return found


def _theme(theme: ThemeSpec, languages: tuple[str, ...]) -> Any:
    data = _without_empty(
        {
            "name": f"./{theme.folder}" if theme.folder else theme.name,
            "mode": theme.mode,
            "logo": _short({key: str(path) for key, path in theme.logo.items()}, "light"),
            "colors": {
                name: _short(_without_empty({"light": light, "dark": dark}), "light")
                for name, (light, dark) in theme.colors.items()
            },
            "fonts": {
                role: _short({key: str(path) for key, path in files.items()}, "regular")
                for role, files in theme.fonts.items()
            },
            "footer": _texts(theme.footer, languages),
        }
    )
    return _short(data, "name")


def _short(data: Data, key: str) -> Any:
    """The only value of a mapping that may stand for it."""
    return data[key] if data.keys() == {key} else data


def _target(target: OutputTargetSpec) -> Data:
    data = _without_empty(
        {
            "name": target.name,
            "path": str(target.path),
            "languages": list(target.languages),
            "kinds": list(target.kinds),
            "formats": list(target.formats),
        }
    )
    return {**data, **target.kept}


def _styled(data: Any, depth: int) -> Any:
    """The data in ruamel's types, for a readable style."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(data, str):
        return data if _is_plain(data) else DoubleQuotedScalarString(data)
    if isinstance(data, dict):
        mapping = CommentedMap((_styled(k, depth), _styled(v, depth + 1)) for k, v in data.items())
        if depth > 0 and _is_short(data):
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(data, list):
        sequence = CommentedSeq(_styled(item, depth + 1) for item in data)
        if all(not isinstance(item, (dict, list)) for item in data) and len(data) <= _SHORT:
            sequence.fa.set_flow_style()
        return sequence
    return data


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS


def _is_short(data: Data) -> bool:
    simple = not any(isinstance(value, (dict, list)) for value in data.values())
    return simple and len(data) <= _SHORT
