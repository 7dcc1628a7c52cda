"""The `languages` of a spec: codes, optionally with names of folders; and its `lang`s."""

from __future__ import annotations

from clm.course.spec import LanguageSpec
from clm.course.syntax.fields import LANGUAGE_CODE, Fields, as_text, nearest_hint, read_fields
from clm.course.syntax.keys import LANGUAGE
from clm.course.syntax.tree import Node, Scalar
from clm.jobs.languages import known_languages


def read_languages(fields: Fields) -> dict[str, LanguageSpec]:
    """Return the languages of the course by code, in the spec's order."""
    found: dict[str, LanguageSpec] = {}
    for node in fields.items("languages"):
        language = _language(node, fields)
        if language is None:
            continue
        if _is_new(language, node, fields, found):
            found[language.id] = language
    return found


def read_language(fields: Fields, languages: tuple[str, ...]) -> str:
    """Return the value of `lang`; one that is no language of the course is a problem."""
    language = fields.text("lang")
    node = fields.node("lang")
    if node is not None and language not in known_languages(languages):
        fields.notes.problem(
            f"{language!r} is not a language of the course",
            node.place,
            excerpt=language,
            hint=nearest_hint(language, languages),
        )
    return language


def _language(node: Node, fields: Fields) -> LanguageSpec | None:
    if isinstance(node, Scalar):
        code = as_text(node, "an item of 'languages'", fields.notes)
        return LanguageSpec.usual(code) if code is not None else None
    entry = read_fields(node, LANGUAGE, fields.notes)
    if entry is None or entry.required("id") is None:
        return None
    usual = LanguageSpec.usual(entry.text("id"))
    return LanguageSpec(
        usual.id,
        entry.text("label") or usual.label,
        entry.text("slides-folder") or usual.slides_folder,
    )


def _is_new(
    language: LanguageSpec, node: Node, fields: Fields, found: dict[str, LanguageSpec]
) -> bool:
    code, place = language.id, node.place
    same_label = next((o for o in found.values() if _same(o.label, language.label)), None)
    if not LANGUAGE_CODE.fullmatch(code):
        hint = "use language codes, such as de or en"
        fields.notes.problem(f"{code!r} is not a language code", place, excerpt=code, hint=hint)
    elif code in found:
        fields.notes.problem(f"{code!r} is given twice", place, excerpt=code)
    elif same_label is not None:
        fields.notes.problem(
            f"the languages {same_label.id!r} and {code!r} have the same label",
            place,
            excerpt=language.label,
            hint="their outputs would share a folder",
        )
    else:
        return True
    return False


def _same(label: str, other: str) -> bool:
    return label.casefold() == other.casefold()
