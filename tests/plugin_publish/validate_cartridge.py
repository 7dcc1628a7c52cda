"""Checks Common Cartridges against the schemas of IMS, which cannot be part of this repository.

Run by a person: `python tests/plugin_publish/validate_cartridge.py SCHEMAS PACKAGE...`, where
SCHEMAS is a folder with `ccv1p1_imscp_v1p2_v1p0.xsd` and the schemas that it imports, from
https://www.imsglobal.org/profile/cc/ccv1p1/. It needs lxml.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from lxml import etree


def main(schemas: str, *packages: str) -> int:
    """Print what is wrong; return 1 if anything is."""
    safe = etree.XMLParser(no_network=True, resolve_entities=False)
    files = Path(schemas) / "ccv1p1_imscp_v1p2_v1p0.xsd"
    schema = etree.XMLSchema(etree.parse(str(files), safe))
    wrong = 0
    for package in packages:
        with zipfile.ZipFile(package) as archive:
            manifest = etree.fromstring(archive.read("imsmanifest.xml"), safe)
        valid = schema.validate(manifest)
        sys.stdout.write(f"{package}: {'valid' if valid else schema.error_log}\n")
        wrong += not valid
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
