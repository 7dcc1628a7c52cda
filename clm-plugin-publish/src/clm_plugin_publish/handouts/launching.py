"""Addresses that open notebooks of a public repository in Binder and Colab."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from attrs import frozen

_HOSTS = {"github.com": "gh", "gitlab.com": "gl"}
_ADDRESS = re.compile(
    r"(?:https://(?:[^@/]*@)?|ssh://(?:[\w.-]+@)?|[\w.-]+@)(github\.com|gitlab\.com)(?::\d+)?[:/]/?"
    r"([\w.-]+(?:/[\w.-]+)+)/?"
)
BADGES: Mapping[str, str] = {
    "binder": "https://mybinder.org/badge_logo.svg",
    "colab": "https://colab.research.google.com/assets/colab-badge.svg",
}


@frozen
class Repository:
    """A repository on GitHub or GitLab."""

    host: str
    path: str
    branch: str

    def address(self, service: str, notebook: str) -> str:
        """The address that opens a notebook, empty if the service does not know the host."""
        branch = quote(self.branch, safe="")
        if service == "binder":
            path = self.path if self.host == "github.com" else quote(self.path, safe="")
            kind = _HOSTS[self.host]
            file = quote(notebook, safe="")
            return f"https://mybinder.org/v2/{kind}/{path}/{branch}?labpath={file}"
        if self.host != "github.com":
            return ""
        file = quote(notebook, safe="/")
        # Colab takes the branch as it is in addresses of GitHub.
        place = f"{self.path}/blob/{quote(self.branch, safe='/')}"
        return f"https://colab.research.google.com/github/{place}/{file}"

    def services(self, chosen: Iterable[str]) -> tuple[str, ...]:
        """Those of the services that open notebooks of this repository."""
        return tuple(service for service in chosen if self.address(service, "x"))


def repository(remote: str, branch: str) -> Repository | None:
    """The repository at an address, None if it is on another host."""
    found = _ADDRESS.fullmatch(remote)
    if found is None:
        return None
    host, path = found[1], found[2].removesuffix(".git")
    if host == "github.com" and path.count("/") != 1:
        return None
    return Repository(host, path, branch)
