"""Commands in the code of decks that install software: shown, but never run by a build."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from clm_plugin_notebook.lazy_jupyter import jupytext

_PROGRAMS = (
    r"(?:pip[\d.]*|pipx|uvx?|poetry|pdm|pixi|easy_install|conda|mamba|micromamba"
    r"|apt|apt-get|aptitude|dnf|yum|apk|brew|port|choco|winget|snap|npm|yarn|pnpm|gem|cargo|go)"
)
_VERBS = (
    r"(?:install|reinstall|uninstall|update|upgrade|dist-upgrade|remove|purge|add|create|sync|i|ci)"
)
_COMMAND = (
    r"(?:sudo\s+(?:-\S+\s+)*)?(?:[A-Z_]+=\S*\s+)*(?:(?:\S+\s+)?-m\s+|[^\s\"';&|()]*/)?"
    rf"{_PROGRAMS}(?:\s+(?:-\S+|pip|env|tool))*\s+{_VERBS}(?![\w=(.-])"
)
_INSTALL = re.compile(rf"(?:^|[\s;&|(!%]){_COMMAND}")
# A command of a shell up to its end.
_IN_SHELL = re.compile(
    rf"(^|[;&|(]|(?:\b(?:then|else|do|if|while)|!)\s)(\s*){_COMMAND}"
    r"(?:\"[^\"]*\"|'[^']*'|\\\n|[^;&|()\n\"'])*",
    re.M,
)
_SHELL_LINE = re.compile(r"(\s*)(?:(\w[\w, ]*=)\s*)?(?:[!%]|(?:pip|conda|mamba|uv)\s)")
_SHELL_CELL = re.compile(r"\s*%%(?:!|(?:bash|sh|zsh|cmd|powershell|script|system|sx)\b)")
_CALLS = {
    "r": (
        r"(?:install\.packages|(?:remotes|devtools|pak|BiocManager|renv)::+\w*install\w*)",
        "NULL",
    ),
    "julia": (r"Pkg\.(?:add|update|rm|instantiate|develop)", "nothing"),
}


def without_installs(source: str, language: str) -> str:
    """Return code of a cell with commands that install something made ineffective.

    Lines keep their numbers. In Python these are shell lines, magics and shell cells; in shells
    all commands; in R and Julia calls of the package managers.
    """
    if language == "python":
        if _SHELL_CELL.match(source):
            return _IN_SHELL.sub(_shell_stub, source)
        return "\n".join(_python(source.split("\n")))
    if language in ("bash", "sh", "zsh"):
        return _IN_SHELL.sub(_shell_stub, source)
    name, stub = _CALLS.get(language, (None, ""))
    return source if name is None else _without_calls(source, re.compile(rf"\b{name}\s*\("), stub)


def _shell_stub(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}:" + "\n" * match[0].count("\n")


def _python(lines: Sequence[str]) -> Iterator[str]:
    parser = jupytext.stringparser.StringParser("python")
    continues = False
    for line in lines:
        shell = None if parser.is_quoted() else _SHELL_LINE.match(line)
        parser.read_line(line)
        if continues:
            continues = line.rstrip().endswith("\\")
            yield ""
        elif shell and _INSTALL.search(line[shell.start(2) if shell[2] else shell.end(1) :]):
            continues = line.rstrip().endswith("\\")
            yield f"{shell[1]}{shell[2]} []" if shell[2] else f"{shell[1]}pass"
        else:
            yield line


def _without_calls(source: str, name: re.Pattern[str], stub: str) -> str:
    while match := name.search(source):
        end = _end_of_call(source, match.end())
        line_ends = "\n" * source.count("\n", match.start(), end)
        source = f"{source[: match.start()]}{stub}{line_ends}{source[end:]}"
    return source


def _end_of_call(source: str, start: int) -> int:
    """Return the index behind the parenthesis that closes the one before `start`."""
    depth = 1
    for index in range(start, len(source)):
        depth += _depth(source[index])
        if depth == 0:
            return index + 1
    return len(source)


def _depth(character: str) -> int:
    return {"(": 1, ")": -1}.get(character, 0)
