"""Starter diagram of new courses."""

from __future__ import annotations

from attrs import frozen

from clm import Starter, StarterFiles, StarterPicture, StarterRequest

_NAME = "steps"


@frozen(repr=False)
class _Texts:
    first: str
    second: str
    shown: str


_TEXTS = {
    "de": _Texts("Zuschauen", "Selbst machen", "Erst zuschauen, dann selbst machen"),
    "en": _Texts("Watch", "Do it yourself", "First watch, then do it yourself"),
}

_SOURCE = """\
<mxfile host="clm">
  <diagram id="steps" name="steps">
    <mxGraphModel grid="1" gridSize="10" page="0">
      <root>
        <mxCell id="0"/>
        <mxCell id="1" parent="0"/>
        <mxCell id="first" value="{first}" style="{style}" vertex="1" parent="1">
          <mxGeometry x="40" y="40" width="140" height="60" as="geometry"/>
        </mxCell>
        <mxCell id="second" value="{second}" style="{style}" vertex="1" parent="1">
          <mxGeometry x="260" y="40" width="140" height="60" as="geometry"/>
        </mxCell>
        <mxCell id="then" style="endArrow=block;html=1;" edge="1" parent="1"
                source="first" target="second">
          <mxGeometry relative="1" as="geometry"/>
        </mxCell>
      </root>
    </mxGraphModel>
  </diagram>
</mxfile>
"""
_STYLE = "rounded=1;whiteSpace=wrap;html=1;fillColor=#dae8fc;strokeColor=#6c8ebf;"


def starters() -> list[Starter]:
    return [Starter("diagram", make_diagram, checks=("browser", "draw.io engine"))]


def make_diagram(request: StarterRequest) -> StarterFiles:
    """Two boxes and an arrow; one diagram for each language where the course has several."""
    files: dict[str, str | bytes] = {}
    pictures = []
    single = len(request.languages) == 1
    for language in request.languages:
        texts = _TEXTS.get(language.partition("-")[0], _TEXTS["en"])
        name = _NAME if single else f"{_NAME}.{language}"
        files[f"drawio/{name}.drawio"] = _SOURCE.format(
            first=texts.first, second=texts.second, style=_STYLE
        )
        pictures.append(StarterPicture(f"img/{name}.png", texts.shown, language))
    return StarterFiles(files, tuple(pictures))
