"""Two cohorts of a course that is published in this process, each with dates of its own."""

from __future__ import annotations

from published_term import Term, contents, contents_of_branch, contents_of_zip

SPEC = """\
name: {en: Course}
languages: [en]
sections:
  - name: {en: First}
    release: {tasks: week 1, after: 4 days}
    topics: [one, two]
  - name: {en: Second}
    release: {tasks: week 2, after: 4 days}
    topics: [three]
plugins:
  publish:
    time-zone: Europe/Berlin
    cohorts:
      spring: {start: 2027-03-01, end: 2027-06-30}
      autumn: {start: 2027-10-04}
    destinations:
      web: {path: ../web, cohort: spring, root: public/En/Course}
      zip: {kind: zip, path: ../spring.zip, cohort: spring}
      pages: {kind: git, remote: ../remote.git, cohort: spring}
      late: {path: ../late, cohort: autumn}
"""
FIRST = {"tone", "done", "ttwo", "dtwo"}
WEEK_1 = FIRST | {"sone", "stwo"}


def change(term: Term, old: str, new: str) -> None:
    spec = term.path / "course.yaml"
    assert old in spec.read_text()
    spec.write_text(spec.read_text().replace(old, new))


def published(term: Term) -> dict[str, dict[str, bytes]]:
    return {
        "web": contents(term.parent / "web"),
        "zip": contents_of_zip(term.parent / "spring.zip"),
        "pages": contents_of_branch(term.parent / "remote.git"),
    }
