"""The package's own fonts, for systems without fonts, such as many containers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent / "engine" / "fonts"
_FAMILIES = {
    "sansserif": "DejaVuSans",
    "dialog": "DejaVuSans",
    "serif": "DejaVuSerif",
    "monospaced": "DejaVuSansMono",
    "dialoginput": "DejaVuSansMono",
}
_STYLES = {"plain": "", "bold": "-Bold", "italic": "-Oblique", "bolditalic": "-BoldOblique"}


def font_flags(folder: Path) -> list[str]:
    """Java's flags for drawing with the package's fonts; none if the system has fonts.

    The configuration file that they name is written to `folder`.
    """
    if sys.platform != "linux" or not FOLDER.is_dir() or system_has_fonts():
        return []
    file = folder / "fonts.properties"
    file.write_text("".join(f"{line}\n" for line in _properties()), encoding="ascii")
    return [f"-Dsun.awt.fontconfig={file}"]


def system_has_fonts() -> bool:
    """Whether fontconfig, from which Java on Linux gets its fonts, is installed and has any."""
    import ctypes  # few builds start Java

    try:
        fontconfig = ctypes.CDLL("libfontconfig.so.1")
    except OSError:
        return False
    fonts = fontconfig.FcConfigGetFonts
    fonts.restype = ctypes.POINTER(ctypes.c_int)  # a structure that begins with their number
    fonts.argtypes = [ctypes.c_void_p, ctypes.c_int]
    found = fonts(None, 0)  # those of the system in the current configuration
    return bool(found) and found[0] > 0


def _properties() -> Iterator[str]:
    """The lines of a properties file that maps Java's logical fonts to font files."""
    yield "version=1"
    yield "sequence.allfonts=default"
    used = set()
    for logical, family in _FAMILIES.items():
        for style, suffix in _STYLES.items():
            own = suffix.replace("Oblique", "Italic") if family == "DejaVuSerif" else suffix
            used.add(family + own)
            yield f"{logical}.{style}.default={family}{own}"
    # Characters that a font lacks are drawn with the others, as with fonts of the system; so a
    # single logical font tells whether a character can be drawn at all.
    yield f"sequence.fallback={','.join(sorted(used))}"
    for font in sorted(used):
        yield f"allfonts.{font}={font}"
        # Properties escape as JSON does.
        yield f"filename.{font}={json.dumps(str(FOLDER / font) + '.ttf')[1:-1]}"
