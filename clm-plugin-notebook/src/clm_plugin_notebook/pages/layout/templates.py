"""Jinja environments of pages."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    DictLoader,
    Environment,
    FunctionLoader,
    PrefixLoader,
    Template,
)

from clm_plugin_notebook.decks.template_budgets import BudgetedEnvironment
from clm_plugin_notebook.page_files import static_text
from clm_plugin_notebook.pages.layout.additions import Theme

_TEMPLATES = ("page.html.j2", "slides.html.j2", "cells.html.j2")
_MAX_PAGE = 200_000_000  # characters; a page may show large outputs


def page_templates(theme: Theme) -> Environment:
    """The templates of pages; those of a theme come first."""
    own = FunctionLoader(_own_template)
    loaders: list[BaseLoader] = [DictLoader(dict(theme.templates)), PrefixLoader({"base": own})]
    # The templates of a theme are from another plugin or the course.
    kind = partial(BudgetedEnvironment, max_text=_MAX_PAGE) if theme.templates else Environment
    environment = kind(
        loader=ChoiceLoader([*loaders, own]) if theme.templates else own,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["data_url"] = theme.data_url
    return environment


def _own_template(name: str) -> str | None:
    # A theme may name any path, and reads nothing but these.
    return static_text(name) if name in _TEMPLATES else None


def budgets_of(template: Template) -> AbstractContextManager[None]:
    """What a template of another plugin or of the course must be rendered in."""
    environment = template.environment
    return environment.budgets() if isinstance(environment, BudgetedEnvironment) else nullcontext()
