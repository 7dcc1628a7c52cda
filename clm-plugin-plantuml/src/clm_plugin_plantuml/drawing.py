"""Drawing with PlantUML's own classes; runs in the process of `jvm_host`, which has the JVM.

PlantUML writes no files here. Includes are read through `guarded_files`, which opens files in the
job's folder and no others. Images and JSON are read by PlantUML, which resolves links and then
checks its allow-list, whose only entry is the job's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jpype

from clm_plugin_plantuml import guarded_files
from clm_plugin_plantuml import java_classes as java
from clm_plugin_plantuml.blocks import split_blocks
from clm_plugin_plantuml.svg import is_blank, texts

# PlantUML draws these words in place of a picture, and reports success.
_BAD_WORDS = {
    "(Cannot decode": "an image of the diagram is missing, outside its topic or not readable",
    "ERROR DATA IMAGE": "an image in the diagram's text cannot be decoded",
    "Your data does not sound like": "",
    "Diagram not supported by this release": "",
}
_MAY_BE_BAD = ("<img", "sprite", "@startjson", "@startyaml", "@starthcl", "@startditaa")
_MATH = ("@startlatex", "@startmath", "<math>", "<latex>")
_NO_MATH = "this build of PlantUML cannot draw mathematics"
_SMALL = 1000  # bytes; blank pictures are smaller, and few others are

Problem = dict[str, Any]


class Renderer:
    """Draws sources; keeps nothing between them."""

    def __init__(self) -> None:
        self.java_version = str(java.System.getProperty("java.version"))
        self._font = java.Font("SansSerif", java.Font.PLAIN, 12)
        self._context = java.FontRenderContext(
            None,
            java.RenderingHints.VALUE_TEXT_ANTIALIAS_ON,
            java.RenderingHints.VALUE_FRACTIONALMETRICS_ON,
        )
        self._png = java.FileFormat.PNG
        self._svg = java.FileFormat.SVG
        loader = java.BlockUml.class_.getClassLoader()
        math = loader.getResource("org/scilab/forge/jlatexmath/TeXFormula.class")
        self._can_draw_math = math is not None

    def count_fonts(self) -> int:
        graphics = jpype.JClass("java.awt.GraphicsEnvironment").getLocalGraphicsEnvironment()
        return len(graphics.getAvailableFontFamilyNames())

    def draw(self, request: dict[str, Any]) -> tuple[Problem, list[bytes]]:
        """The pictures of a source, or its problem."""
        pictures: list[bytes] = []
        try:
            for number, block in enumerate(_blocks(request, request["config"])):
                block = self._readable(block, number, request)
                pictures += self._draw_block(block, request)
        except _Bad as error:
            return error.problem, []
        except jpype.JException as error:
            return _problem_of(error), []
        return {"undrawable": self._undrawable(request["text"])}, pictures

    def _undrawable(self, text: str) -> list[tuple[int, str]]:
        """The characters that no installed font contains, each with its first line."""
        lines: dict[str, int] = {}
        for number, line in enumerate(text.split("\n"), 1):
            for character in line:
                lines.setdefault(character, number)
        beyond_latin = (c for c in lines if c > "\xff")
        return [(lines[c], c) for c in beyond_latin if self._is_box(c)]

    def _is_box(self, character: str) -> bool:
        """Whether the character is drawn as the glyph for missing characters.

        `Font.canDisplay` cannot tell: it is also false for characters that need no glyph (wide
        spaces, invisible signs), and which these are depends on the version of Java. So the
        character is laid out, as PlantUML does.
        """
        units = jpype.JString(character).toCharArray()
        glyphs = self._font.layoutGlyphVector(
            self._context, units, 0, len(units), java.Font.LAYOUT_LEFT_TO_RIGHT
        )
        codes = glyphs.getGlyphCodes(0, glyphs.getNumGlyphs(), None)
        return self._font.getMissingGlyphCode() in list(codes)

    def _readable(self, block: Any, number: int, request: dict[str, Any]) -> Any:
        """The block without the added lines if PlantUML can read it only so.

        A diagram of a single command (`@startuml`, `nwdiag {`) may not begin with a pragma. It
        needs no layout, so its picture is the same everywhere nevertheless.
        """
        if not isinstance(block.getDiagram(), java.PSystemError):
            return block
        bare = _blocks(request, [])[number]
        return block if isinstance(bare.getDiagram(), java.PSystemError) else bare

    def _draw_block(self, block: Any, request: dict[str, Any]) -> list[bytes]:
        lines = [str(line.getString()).strip().lower() for line in block.getData()]
        where = _where(block.getData().get(0).getLocation())
        diagram = block.getDiagram()
        if isinstance(diagram, java.PSystemError):
            errors = dict.fromkeys(str(error.getError()) for error in diagram.getErrorsUml())
            _refuse("; ".join(errors), _where(diagram.getLineLocation()) or where)
        if not any(line and line not in request["config"] for line in lines[1:-1]):
            _refuse("the diagram is empty", where)
        if any(request["folder"].lower() in line for line in lines):
            _refuse("the diagram shows the folder of its job, which differs in each build", where)
        if not self._can_draw_math and _any_has(lines, _MATH):
            _refuse(_NO_MATH, where)
        doubtful = _any_has(lines, _MAY_BE_BAD)
        return [
            self._page(diagram, page, request["format"], doubtful, where)
            for page in range(diagram.getNbImages())
        ]

    def _page(self, diagram: Any, page: int, format: str, doubtful: bool, where: Any) -> bytes:
        picture = _export(diagram, page, self._svg if format == "svg" else self._png, where)
        if format == "svg" or doubtful or len(picture) < _SMALL:
            # The words of a PNG cannot be read, but those of the same picture as SVG can.
            svg = picture if format == "svg" else _export(diagram, page, self._svg, where)
            _refuse_bad(svg, where)
        return picture


class _Bad(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _refuse(message: str, where: list[tuple[str, int]]) -> None:
    raise _Bad({"problem": "refused", "message": message, "where": where})


def _any_has(lines: list[str], marks: tuple[str, ...]) -> bool:
    return any(mark in line for line in lines for mark in marks)


def _export(diagram: Any, page: int, format: Any, where: list[tuple[str, int]]) -> bytes:
    stream = java.ByteArrayOutputStream()
    image = diagram.exportDiagram(stream, page, java.FileFormatOption(format, False))
    if image.getStatus() != 0:
        cause = image.getRootCause()
        if cause is not None:
            raise _Bad({**_problem_of(cause), "where": where})
        _refuse(str(image.getWarningOrError() or "PlantUML cannot draw the diagram"), where)
    return bytes(stream.toByteArray())


def _refuse_bad(svg: bytes, where: list[tuple[str, int]]) -> None:
    if is_blank(svg):
        _refuse("PlantUML draws nothing for the diagram: the picture would be empty", where)
    for text in texts(svg):
        for words, meaning in _BAD_WORDS.items():
            if words in text:
                _refuse(meaning or text, where)


def _blocks(request: dict[str, Any], config: list[str]) -> list[Any]:
    root = Path(request["folder"])
    folder = (root / request["source"]).parent
    java.System.setProperty("plantuml.allowlist.path", str(root))
    java.FileSystem.getInstance().setCurrentDir(java.SFile(str(folder)))
    paths = java.PathSystem.fetch().changeCurrentDirectory(guarded_files.folder(root, folder))
    definitions = guarded_files.no_definitions(paths)
    return [
        java.BlockUml(
            definitions,
            paths,
            java.ArrayList(block),
            java.Defines.createEmpty(),
            None,
            java.UTF_8,
        )
        for block in split_blocks(_lines(request, config), lambda line: str(line.getString()))
    ]


def _lines(request: dict[str, Any], config: list[str]) -> Any:
    text = java.StringReader(request["text"])
    plain = java.ReadLineReader.create(text, request["source"])
    reader = java.Preprocessor(java.ArrayList(config), java.UncommentReadLine(plain))
    return iter(reader.readLine, None)


def _where(location: Any) -> list[tuple[str, int]]:
    """The place and those that include it, the outermost first."""
    places: list[tuple[str, int]] = []
    while location is not None:
        places.insert(0, (str(location.getDescription()), int(location.getPosition()) + 1))
        location = location.getParent()
    return places


def _problem_of(error: Any) -> Problem:
    if isinstance(error, java.OutOfMemoryError):
        return {"problem": "memory"}
    if isinstance(error, java.StackOverflowError):
        return {"problem": "refused", "message": "the diagram is nested too deeply"}
    message = f"{error.getClass().getSimpleName()}: {error.getMessage()}"
    trace = java.StringWriter()
    error.printStackTrace(java.PrintWriter(trace))
    return {"problem": "crash", "message": message, "stack": str(trace)[:8000]}
