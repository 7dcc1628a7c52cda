"""The converter: makes a page from terms."""

from html import escape
from pathlib import Path

from clm import ConversionError, Job, Place, Result, Worker

from clm_plugin_glossary.plugin import GlossaryPayload


class GlossaryWorker(Worker):
    def convert(self, payload: GlossaryPayload, job: Job) -> Result:
        pages = {}
        for language, title in payload.titles.items():
            terms = read_terms(job.folder, payload.sources[language])
            pages[language] = page(language, title, terms).encode()
        return Result(pages)


def read_terms(folder: Path, sources: tuple[str, ...]) -> dict[str, str]:
    terms: dict[str, str] = {}
    places: dict[str, Place] = {}
    for source in sources:
        lines = (folder / source).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            term, colon, meaning = (part.strip() for part in line.partition(":"))
            place = Place(source, number)
            if not line.strip():
                continue
            if not (colon and term and meaning):
                raise ConversionError("not of the form `term: meaning`", place=place, excerpt=line)
            if term in terms:
                raise ConversionError(
                    f"{term!r} is already explained in {places[term]}",
                    place=place,
                    hint="remove one of them",
                )
            terms[term], places[term] = meaning, place
    return terms


def page(language: str, title: str, terms: dict[str, str]) -> str:
    entries = "".join(
        f"<dt>{escape(term)}</dt><dd>{escape(terms[term])}</dd>\n"
        for term in sorted(terms, key=lambda term: (term.casefold(), term))
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<h1>{escape(title)}</h1>\n<dl>\n{entries}</dl>\n</html>\n"
    )
