"""Public API for authors of stores for results, and of backends that use the shared cache."""

from clm.errors import StoreError
from clm.stores.contents import SharedContents
from clm.stores.store import ResultStore

__all__ = ["ResultStore", "SharedContents", "StoreError"]
