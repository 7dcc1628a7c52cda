"""The cache key of a job, complete by construction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from clm.jobs.structuring import canonical_json
from clm.regular_files import open_regular

_KEY_VERSION = 1


def cache_key(
    envelope: str, fingerprint: str, inputs: Mapping[str, str], outputs: Iterable[str]
) -> str:
    """The cache key of a job's result: a SHA-256, in hexadecimal.

    It covers everything that a job depends on: the payload's `envelope` (with the job type), the
    converter's `fingerprint`, the digest of every input by name, and the requested `outputs`.
    """
    parts = [_KEY_VERSION, envelope, fingerprint, dict(inputs), sorted(outputs)]
    return digest_bytes(canonical_json(parts).encode())


def digest_bytes(data: bytes) -> str:
    """The SHA-256 of `data`, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """The SHA-256 of the file's bytes, in hexadecimal; read in chunks, so large files are fine."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
