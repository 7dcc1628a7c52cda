"""Configuration of the site: `sphinx-build -W --keep-going docs FOLDER`."""

from sphinx.application import Sphinx

from clm import __version__

project = "CLM"
author = "The CLM developers"
release = __version__
version = ".".join(__version__.split(".")[:2])

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinxcontrib.mermaid"]
exclude_patterns = ["examples"]

html_theme = "furo"
html_title = f"CLM {version}"
html_copy_source = False
html_show_copyright = False

# A name that is linked and is not there is a warning, and warnings fail the build. Types in
# signatures that are no part of the public interface have no page to link to.
_public = r"(testing(\.backends|\.strategies)?|programs|backends\.api)\.\w+$"
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!clm).*"), ("py:.*", rf"clm\.(?!{_public})\w+\..*")]

myst_enable_extensions = ["attrs_inline", "deflist"]
myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]

# Docstrings have code in single backticks, as in Markdown.
default_role = "code"
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_use_type_comments = False
napoleon_use_ivar = True
python_maximum_signature_line_length = 80
add_module_names = False
python_use_unqualified_type_names = True


def show_defaults(
    _app: object, _what: str, _name: str, _of: object, _options: object, text: str, result: str
) -> tuple[str, str] | None:
    """Write `...` for a default that attrs makes anew each time."""
    return (text.replace("NOTHING", "..."), result) if text else None


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-signature", show_defaults)
