"""Style sheets and scripts of pages, which pages contain or share."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path, PurePosixPath

from attrs import frozen

from clm import ClmError, FileInput, SharedFile, name_by_content, tokens_css

FOLDER = "assets"
PAGE, SLIDES = "page", "slides"
# Names in what a page shares: its style sheets in their order, and its own script. The names of
# other scripts are those of the scripts, those of other files are the names of inputs.
STYLES = STYLE, BRAND_STYLE, LOOK_STYLE = ("style", "brand-style", "look-style")
SCRIPT = "script"
# Scripts that the build hook has added to the package.
PACKED = ("mathjax", "mermaid", "reveal", "notes")
_STYLES = {PAGE: ("base.css", "page.css"), SLIDES: ("base.css", "slides.css")}
_ON_SLIDES = ("slides-paper.css", "slides-phone.css")
_SCRIPTS = {
    PAGE: ("page.js", "reading.js", "tracebacks.js", "enlarging.js"),
    SLIDES: ("page.js", "slides.js", "tracebacks.js"),
}
_NOT_CLASSIC = ("reading.js", "tracebacks.js", "enlarging.js")


@cache
def static_text(name: str) -> str:
    """Return a template, style sheet or script of the plugin itself."""
    return (_package() / "pages" / "static" / name).read_text(encoding="utf-8")


@cache
def asset(name: str) -> bytes:
    """Return a file that the build hook has added to the package.

    Raises:
        ClmError: the installation lacks the file.
    """
    try:
        return (_package() / "assets" / name).read_bytes()
    except OSError as error:
        raise ClmError(
            f"the installation lacks {name}, which pages need",
            hint="reinstall clm-plugin-notebook",
        ) from error


def _package() -> Path:
    return Path(str(files("clm_plugin_notebook")))


@cache
def style_of(form: str, *, classic: bool) -> str:
    """The style sheet of pages or slides."""
    names = _STYLES[form]
    if classic:
        sheets = "".join(static_text(f"classic/{name}") for name in names)
    else:
        sheets = tokens_css() + "".join(map(static_text, names))
    if form == PAGE:
        return sheets
    return asset("reveal.css").decode() + sheets + "".join(map(static_text, _ON_SLIDES))


@cache
def script_of(form: str, *, classic: bool) -> str:
    """The script of pages or slides, without that which starts it."""
    first, *more = _SCRIPTS[form]
    names = (name for name in more if not (classic and name in _NOT_CLASSIC))
    return f"{static_text(first)}\n{''.join(map(static_text, names))}"


@frozen
class PageFile:
    """A file that pages share: its `name` has a digest of its content."""

    name: str
    content: bytes | FileInput
    packed: bool = False

    def below(self, root: PurePosixPath) -> SharedFile:
        """The file in a folder of the course's outputs."""
        return SharedFile(root / FOLDER / self.name, self.content, self.packed)


@lru_cache(maxsize=64)
def text_file(name: str, text: str) -> PageFile:
    """A file with a text; `name` is without the digest."""
    content = text.encode()
    return PageFile(name_by_content(name, hashlib.sha256(content).hexdigest()), content)


def copied_file(file: FileInput) -> PageFile:
    """A file of the course."""
    return PageFile(name_by_content(file.path.name, file.digest), file)


@cache
def packed_file(name: str) -> PageFile:
    """One of the large scripts, which pages load unpacked."""
    file = f"{name}.js.gz"
    digests = json.loads(asset("assets.json"))["files"]
    source = FileInput(file, _package() / "assets" / file, digests[file])
    return PageFile(name_by_content(f"{name}.js", source.digest), source, packed=True)


def unpacked(name: str) -> bytes:
    """The content of one of the large scripts."""
    return gzip.decompress(asset(f"{name}.js.gz"))
