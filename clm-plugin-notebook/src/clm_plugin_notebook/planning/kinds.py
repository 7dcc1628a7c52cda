"""Kinds of output that a course asks for."""

from __future__ import annotations

from clm import ConversionError, Place, PlanContext, SourceFile
from clm_plugin_notebook.additions import Additions
from clm_plugin_notebook.audiences import KINDS
from clm_plugin_notebook.extensions.registered import Extensions


def refuse_unknown_kinds(
    source: SourceFile, context: PlanContext, added: Additions, extensions: Extensions
) -> None:
    """Refuse a deck with a variant of a kind that neither CLM nor an extension offers.

    Raises:
        ConversionError: there is one.
    """
    known = [*KINDS, *(kind.name for kind in added.kinds)]
    for variant in context.variants:
        if variant.kind not in known:
            owner = extensions.offering_kind(variant.kind)
            hint = f"add {owner!r} to `extensions` in `plugins.notebook`" if owner else None
            raise ConversionError(
                f"unknown kind of deck output: {variant.kind!r}",
                place=Place(source.course_path),
                hint=hint or f"available kinds: {', '.join(known)}",
            )
