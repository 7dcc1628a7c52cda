"""Starter decks for new courses and topics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from attrs import frozen

from clm import (
    ClmError,
    ExistingDeck,
    Starter,
    StarterFiles,
    StarterPicture,
    StarterRequest,
    nearest,
)
from clm_plugin_notebook.decks.macros import keywords
from clm_plugin_notebook.languages import PROG_LANGS, ProgLang, by_name, prog_langs
from clm_plugin_notebook.payload import NotebookSettings


@frozen(repr=False)
class _Texts:
    """The texts of the starter deck in a natural language."""

    slides: str
    pictures: str
    notes: str
    workshop: str


_TEXTS = {
    "de": _Texts(
        slides="""\
## Die erste Folie

- Jede Zelle mit `slide` beginnt eine Folie
- Zellen mit `lang` gibt es nur in dieser Sprache
- Zellen mit `keep` haben die Teilnehmer von Anfang an, anderen Code tippen sie mit""",
        pictures="## Bilder",
        notes="Notizen wie diese stehen nur in der Fassung für Vortragende.",
        workshop="""\
## Workshop: Jetzt sind Sie dran

Berechnen Sie die Summe der Zahlen von 1 bis 100.""",
    ),
    "en": _Texts(
        slides="""\
## The First Slide

- Each cell with `slide` begins a slide
- Cells with `lang` appear in that language only
- Students get cells with `keep` from the start; they type all other code themselves""",
        pictures="## Pictures",
        notes="Notes like this one appear in the speaker version only.",
        workshop="""\
## Workshop: Your Turn

Compute the sum of the numbers from 1 to 100.""",
    ),
}


@frozen(repr=False)
class _Code:
    """The starter deck's code in a programming language.

    `keep` is given to students, `typed` they type along; `start` and `solution` belong to the
    workshop.
    """

    keep: str
    typed: str
    start: str
    solution: str


_CODE = {
    "python": _Code(
        'name = "Ada"',
        'f"Hello, {name}!"',
        "total = 0\ntotal",
        "total = sum(range(1, 101))\ntotal",
    ),
    "cpp": _Code(
        "#include <iostream>\nint year = 1843;",
        'std::cout << "Since " << year << std::endl;',
        "int total = 0;",
        "int total = 0;\nfor (int n = 1; n <= 100; ++n) total += n;\nstd::cout << total;",
    ),
    "c": _Code(
        "#include <stdio.h>",
        'int main(void) {\n    printf("Hello!\\n");\n    return 0;\n}',
        "int main(void) {\n    return 0;\n}",
        "#include <stdio.h>\nint main(void) {\n    int total = 0;\n"
        '    for (int n = 1; n <= 100; n++) total += n;\n    printf("%d\\n", total);\n'
        "    return 0;\n}",
    ),
    "csharp": _Code(
        'var name = "Ada";',
        '$"Hello, {name}!"',
        "var total = 0;",
        "var total = Enumerable.Range(1, 100).Sum();\ntotal",
    ),
    "java": _Code(
        'String name = "Ada";',
        'System.out.println("Hello, " + name + "!");',
        "int total = 0;",
        "int total = java.util.stream.IntStream.rangeClosed(1, 100).sum();\n"
        "System.out.println(total);",
    ),
    "typescript": _Code(
        'const name = "Ada";',
        "console.log(`Hello, ${name}!`);",
        "let total = 0;",
        "let total = 0;\nfor (let n = 1; n <= 100; n++) total += n;\nconsole.log(total);",
    ),
    "rust": _Code(
        'let name = "Ada";',
        'println!("Hello, {}!", name);',
        "let total = 0;",
        'let total: u32 = (1..=100).sum();\nprintln!("{}", total);',
    ),
    "r": _Code(
        'name <- "Ada"',
        'paste0("Hello, ", name, "!")',
        "total <- 0\ntotal",
        "total <- sum(1:100)\ntotal",
    ),
}


def _adopt(name: str, content: bytes) -> ExistingDeck | None:
    from clm_plugin_notebook.adoption import adopt  # only `clm init --from` adopts files

    return adopt(name, content)


def starters() -> list[Starter]:
    return [
        Starter(
            "deck",
            make_deck,
            is_deck=True,
            prog_langs=tuple(PROG_LANGS),
            checks=("Python kernel",),
            adopt=_adopt,
        )
    ]


def make_deck(request: StarterRequest) -> StarterFiles:
    """Create a deck with slides, notes, code and a workshop with its solution.

    If the kernel for its code is not installed, the topic gets the option `evaluate: false`.

    Raises:
        ClmError: the programming language is unknown.
    """
    settings = request.settings or NotebookSettings()
    lang = _prog_lang(request.prog_lang, settings)
    text = "\n\n".join(_parts(request, lang)) + "\n"
    files = {f"slides_{request.stem}{lang.suffix}": text}
    if lang.is_python or not settings.evaluate or _has_kernel(lang):
        return StarterFiles(files)
    remedy = f"; install it with {lang.remedy}" if lang.remedy else ""
    note = (
        f"the code of the deck is not run (`evaluate: false`) because the Jupyter kernel "
        f"{lang.kernel!r} is not installed{remedy}"
    )
    return StarterFiles(files, topic_options={"evaluate": False}, notes=(note,))


def _prog_lang(name: str, settings: NotebookSettings) -> ProgLang:
    known = prog_langs(settings.prog_langs)
    lang = by_name(name, known.values())
    if lang is None:
        hint = nearest(name, known)
        raise ClmError(f"unknown programming language of decks: {name!r}", hint=hint)
    return lang


def _has_kernel(lang: ProgLang) -> bool:
    # Imported here since only languages other than Python need it.
    from jupyter_client.kernelspec import KernelSpecManager

    return lang.kernel in KernelSpecManager().find_kernel_specs()


def _parts(request: StarterRequest, lang: ProgLang) -> Iterator[str]:
    code = _CODE.get(lang.name)
    yield _header(request.titles, lang.comment)
    yield from _texts(request, lang, "slides", "slide")
    yield from _texts(request, lang, "notes", "notes")
    if code is not None:
        yield _code(lang, code.keep, "keep")
        yield _code(lang, code.typed)
    for language in request.languages:
        shown = [p for p in request.pictures if p.language in ("", language)]
        if shown:
            yield _pictures(lang, language, shown)
    if code is not None:
        yield from _texts(request, lang, "workshop", "slide", "workshop")
        yield _code(lang, code.start, "start")
        yield _code(lang, code.solution, "alt")


def _header(titles: Mapping[str, str], comment: str) -> str:
    names = {code: name for name, code in keywords(titles).items()}
    quoted = {names[code]: _quoted(title) for code, title in titles.items()}
    if {"de", "en"} <= quoted.keys():
        others = (f"{name}={text}" for name, text in quoted.items() if name not in ("de", "en"))
        calls = {"header": ", ".join([quoted["de"], quoted["en"], *others])}
    else:
        calls = {f"header_{name}": text for name, text in quoted.items()}
    lines = [f"{comment} j2 from 'macros.j2' import {', '.join(calls)}"]
    lines += [f"{comment} {{{{ {name}({text}) }}}}" for name, text in calls.items()]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _texts(request: StarterRequest, lang: ProgLang, name: str, *tags: str) -> Iterator[str]:
    for language in request.languages:
        yield _markdown(lang, language, getattr(_texts_in(language), name), *tags)


def _pictures(lang: ProgLang, language: str, pictures: list[StarterPicture]) -> str:
    shown = "\n\n".join(f"![{picture.text}]({picture.path})" for picture in pictures)
    return _markdown(lang, language, f"{_texts_in(language).pictures}\n\n{shown}", "slide")


def _texts_in(language: str) -> _Texts:
    return _TEXTS.get(language.partition("-")[0], _TEXTS["en"])


def _markdown(lang: ProgLang, language: str, text: str, *tags: str) -> str:
    head = f'{lang.comment} %% [markdown] lang="{language}" tags={json.dumps(list(tags))}'
    lines = (f"{lang.comment} {line}".rstrip() for line in ("", *text.splitlines()))
    return "\n".join([head, *lines])


def _code(lang: ProgLang, code: str, *tags: str) -> str:
    marks = f" tags={json.dumps(list(tags))}" if tags else ""
    return f"{lang.comment} %%{marks}\n{code}"
