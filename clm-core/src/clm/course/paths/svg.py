"""Check of SVG pictures that pages show: nothing runs in them, and they load nothing."""

from __future__ import annotations

_ACTIVE = frozenset({"script", "foreignobject", "iframe", "object", "embed", "handler", "set"})
_LINKS = frozenset({"href", "src"})
_INLINE = ("#", "data:image/")


class _Unsafe(Exception):
    pass


def svg_fault(data: bytes) -> str:
    """What makes a file unusable as an SVG picture, empty if nothing does."""
    from xml.parsers.expat import ExpatError, ParserCreate  # few courses have such a picture

    parser = ParserCreate()
    names: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        names.append(tag)
        name = tag.rpartition(":")[2].lower()
        if name in _ACTIVE:
            raise _Unsafe(f"has an element {tag!r}, which pictures on pages may not have")
        for key, value in attributes.items():
            attribute, text = key.rpartition(":")[2].lower(), value.strip().lower()
            loads = attribute in _LINKS and not text.startswith(_INLINE)
            if attribute.startswith("on") or loads or "javascript:" in text:
                raise _Unsafe(f"has an attribute {key!r}, which runs or loads something")

    def refuse_entity(*_: object) -> None:
        raise _Unsafe("declares entities")

    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse_entity
    try:
        parser.Parse(data, True)
    except ExpatError as error:
        return f"is no XML: {error}"
    except _Unsafe as error:
        return str(error)
    return "" if names[0].rpartition(":")[2] == "svg" else "is no SVG picture"
