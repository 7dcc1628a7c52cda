"""Store in a bucket of S3, or of a server that speaks S3, by obstore."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from urllib.parse import urlsplit

from clm.errors import StoreError, UsageError
from clm.stores.refusals import refusal
from clm.stores.store import ResultStore

try:
    import obstore.exceptions as obstore_errors
    from obstore.store import S3Store
except ImportError as error:
    raise UsageError(
        "a shared cache on S3 needs the package obstore", hint="pip install 'clm[s3]'"
    ) from error

_SECONDS = timedelta(seconds=30)
_CONNECT_SECONDS = timedelta(seconds=4)
# Only the text tells it; without a match the error counts as one of a server that does not work.
_STATUS = re.compile(r"non-2xx status code: (\d{3})\b")


class S3ResultStore(ResultStore):
    """Keeps entries under a prefix of a bucket; region and credentials come from `AWS_...`."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        # Its own defaults are to wait 3 minutes and to try 10 times.
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            client_options={
                "timeout": _SECONDS,
                "connect_timeout": _CONNECT_SECONDS,
                "read_timeout": _CONNECT_SECONDS,
                # Not taken from the environment where there are other options.
                "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true"),
            },
            retry_config={"max_retries": 0, "retry_timeout": _CONNECT_SECONDS},
        )

    def get(self, path: str, limit: int) -> bytes | None:
        try:
            found = self._store.get(path)
            if found.meta["size"] > limit:
                raise StoreError(f"{self._bucket}: {path} has more than {limit} bytes")
            data = bytes(found.bytes())
        except (FileNotFoundError, obstore_errors.NotFoundError):
            return None
        except (obstore_errors.BaseError, OSError) as error:
            raise self._failed(error) from error
        return data

    def put(self, path: str, data: bytes) -> None:
        try:
            self._store.put(path, data, use_multipart=False)
        except (obstore_errors.BaseError, OSError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StoreError:
        # The text of the error has whole answers in it, so it is not shown.
        if found := _STATUS.search(str(error)):
            return refusal(self._bucket, int(found[1]))
        return StoreError(f"{self._bucket}: the request failed ({type(error).__name__})")


def open_s3(url: str) -> S3ResultStore:
    """The store at a URL such as `s3://bucket/prefix`.

    Raises:
        UsageError: it names no bucket, or the environment's settings for S3 are wrong.
    """
    parts = urlsplit(url)
    if not parts.netloc:
        raise UsageError(f"{url} names no bucket", hint="for example s3://bucket/clm")
    try:
        return S3ResultStore(parts.netloc, parts.path.strip("/"))
    except (obstore_errors.BaseError, ValueError) as error:
        raise UsageError(f"S3 cannot be used: {type(error).__name__}") from error
