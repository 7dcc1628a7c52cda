"""Programming languages of Jupyter kernels that the table of languages does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clm_plugin_notebook.languages import COMMENT_FORMATS, ProgLang
from clm_plugin_notebook.lazy_jupyter import jupytext

_REMEDIES = {
    "bash": "`pip install bash_kernel`, then `python -m bash_kernel.install`",
    "julia": '`using Pkg; Pkg.add("IJulia")` in Julia',
    "octave": "`pip install octave_kernel`",
    "r": '`install.packages("IRkernel"); IRkernel::installspec()` in R',
    "ruby": "`gem install iruby`, then `iruby register`",
}


def language_of_kernel(
    language: str, kernel: str | None, kernelspec: Mapping[str, Any]
) -> ProgLang:
    """Return a language as a notebook declares it, so that its own kernel runs it.

    `kernel` is the kernel's name, by default that of the language. Languages that jupytext knows
    have their suffix and comment token in code files, others `.txt` and `#`.
    """
    suffix, comment = next(
        (
            (extension, str(script["comment"]))
            for extension, script in jupytext.languages._SCRIPT_EXTENSIONS.items()
            if script["language"].lower() == language.lower()
            and script["comment"] in COMMENT_FORMATS
        ),
        (".txt", "#"),
    )
    return ProgLang(
        name=language,
        suffix=suffix,
        comment=comment,
        percent_format=COMMENT_FORMATS[comment],
        folder=language.capitalize(),
        kernel=kernel or language,
        kernel_title=str(kernelspec.get("display_name") or kernel or language),
        lexer=language.lower(),
        remedy=_REMEDIES.get(language.lower(), ""),
    )
