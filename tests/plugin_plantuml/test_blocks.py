"""Blocks and pages, counted in the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_plantuml.blocks import count_pictures, picture_names, split_blocks, without_comments


def test_lines_outside_blocks_ignored():
    lines = ["' before", "@startuml", "A -> B", "@enduml", "after", "@startjson", "{}", "@endjson"]
    blocks = list(split_blocks(lines))
    assert blocks == [["@startuml", "A -> B", "@enduml"], ["@startjson", "{}", "@endjson"]]


def test_unterminated_block_ignored():
    assert list(split_blocks(["@startuml", "A -> B"])) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("@startuml\nA -> B\n@enduml", 1),
        ("@startuml(id=a)\nA -> B\n@enduml", 1),
        ("  @startuml name\nA -> B\n  @enduml\n@startuml\nB -> C\n@enduml", 2),
        ("@startuml\nA -> B\nnewpage\nB -> C\nnewpage a title\nC -> D\n@enduml", 3),
        ("@startuml\nA -> B: newpage\nnewpages\n@enduml", 1),
        ("@startuml\nignore newpage\nA -> B\nnewpage\nB -> C\n@enduml", 1),
        ("@startuml\n' newpage\n/' newpage\nnewpage '/\nA -> B\n@enduml", 1),
        ("' @startuml\n' @enduml", 0),
        ("A -> B", 0),
        ("", 0),
    ],
)
def test_blocks_and_new_pages_counted(text, count):
    assert count_pictures(text) == count


def test_pictures_numbered_from_second():
    assert picture_names("x.de", "png", 3) == ("x.de.png", "x.de_001.png", "x.de_002.png")


def test_text_beside_comment_kept():
    assert without_comments("a /' b '/ c\nd /' e\nf '/ g\n'h\n") == "a  c\nd \n g\n\n"


@given(st.text(alphabet="a'/\n", max_size=60))
def test_comment_removal_keeps_line_numbers(text):
    assert without_comments(text).count("\n") == text.count("\n")
