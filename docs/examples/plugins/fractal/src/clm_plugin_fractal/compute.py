"""The external program: `python compute.py SOURCE PIXELS TARGET`.

It prints a line `DONE/ALL` for each line of the picture, and reports errors on stderr.
"""

import struct
import sys
import zlib
from pathlib import Path

_STEPS = 255


def escape_time(c: complex) -> int:
    z = 0j
    for step in range(_STEPS):
        if abs(z) > 2:
            return step
        z = z * z + c
    return _STEPS


def png(rows: list[bytes]) -> bytes:
    """A picture in shades of grey."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b"")]
    )


def main(source: str, pixels: str, target: str) -> None:
    try:
        x, y, width = map(float, Path(source).read_text(encoding="utf-8").split())
    except ValueError:
        sys.exit("expected three numbers: x, y, width")
    size = int(pixels)
    steps = [width * (n / size - 0.5) for n in range(size)]
    rows = []
    for number, dy in enumerate(steps, 1):
        rows.append(bytes(_STEPS - escape_time(complex(x + dx, y + dy)) for dx in steps))
        sys.stdout.write(f"{number}/{size}\n")
        sys.stdout.flush()
    Path(target).write_bytes(png(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
