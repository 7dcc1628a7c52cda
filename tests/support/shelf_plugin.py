"""A plugin with a kind of destination: a file that has all that was ever published to it."""

from __future__ import annotations

import json
from pathlib import Path

SHELF = """
import json
from attrs import frozen
from clm import hookimpl
from clm_plugin_publish.api import DestinationKind, State

clm_api_version = 1

@frozen
class Shelf:
    request: object

    @property
    def where(self):
        return self.request.options["file"]

    @property
    def wanted(self):
        return {item.path: item.digest for item in self.request.contents.items}

    @property
    def sizes(self):
        return {item.path: item.size for item in self.request.contents.items}

    @property
    def file(self):
        return self.request.course.folder / self.where

    def look(self):
        if not self.file.exists():
            return State({})
        return State(json.loads(self.file.read_text().splitlines()[-1])["digests"])

    def replace(self):
        texts = {item.path: item.read().decode() for item in self.request.contents.items}
        with self.file.open("a") as file:
            file.write(json.dumps({"digests": self.wanted, "texts": texts}) + "\\n")
        return "reference"

@hookimpl
def clm_publish_destinations():
    return [DestinationKind("shelf", Shelf)]
"""


def shelved(file: Path) -> dict[str, bytes]:
    """What was published to the file at last."""
    if not file.exists():
        return {}
    texts = json.loads(file.read_text().splitlines()[-1])["texts"]
    return {path: text.encode() for path, text in texts.items()}
