"""The Dockerfile of an image: what its plugin needs, without what only its making needs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from attrs import frozen

from clm import ImageNeeds
from clm_plugin_docker.executor import SANDBOX_LABEL, USER

_DEBIAN_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_ENGINE = ("python", "-P", "-m", "clm.workers.pipe.serve")
# Root files are read-only in workers, so nothing there can be compiled or cached later on.
_ENVIRONMENT = {
    "PATH": "/opt/clm/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "CLM_CONTAINED": "1",
}


@frozen(repr=False)
class Recipe:
    """What an image consists of; the build's context has the wheels in a folder `wheels`."""

    base: str
    plugin: str
    needs: ImageNeeds

    def dockerfile(self) -> str:
        """The text of the Dockerfile, in two stages: wheels and pip stay in the first."""
        return "\n".join(
            (
                f"FROM {self.base} AS packages",
                "COPY wheels /wheels",
                "RUN python3 -m venv /opt/clm"
                " && /opt/clm/bin/python -m pip install --no-index --no-cache-dir"
                " --disable-pip-version-check --quiet /wheels/*.whl"
                " && /opt/clm/bin/python -m pip uninstall --quiet --yes pip setuptools"
                f" && {_TRIM}",
                f"FROM {self.base}",
                *self._debian(),
                f"RUN {_COMPILE}",
                "COPY --from=packages /opt/clm /opt/clm",
                *(f"ENV {name}={json.dumps(value)}" for name, value in _ENVIRONMENT.items()),
                f'ENV CLM_LOAD_PLUGINS="{self.plugin}"',
                *([f'LABEL {SANDBOX_LABEL}="own"'] if self.needs.own_sandbox else []),
                f"USER {USER}",
                "WORKDIR /tmp",
                f"CMD {json.dumps(_ENGINE)}",
                "",
            )
        )

    def _debian(self) -> Iterable[str]:
        packages = self.needs.debian_packages
        if not packages:
            return
        invalid = [name for name in packages if not _DEBIAN_PACKAGE.fullmatch(name)]
        if invalid:
            raise ValueError(f"invalid names of Debian packages: {invalid}")
        yield (
            "RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes"
            f" --no-install-recommends {' '.join(packages)}"
            " && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old"
            " /usr/share/doc/* /usr/share/man/* && find /var/log -type f -delete"
        )


# Official images leave out the compiled modules of Python itself; with a read-only file system each
# worker and kernel would compile them anew, which takes half of its start.
_COMPILE = (
    "python3 -c 'import compileall, re, sysconfig;"
    ' skipped = re.compile("/(site-packages|dist-packages|test|tests|idlelib|lib2to3)/");'
    ' compileall.compile_dir(sysconfig.get_path("stdlib"), quiet=2, rx=skipped)'
    "'"
)

# Tests of packages, and C sources, are never imported by a worker.
_TRIM = (
    (
        "find /opt/clm -type d ( -name tests -o -name test ) -path '*/site-packages/*' -prune"
        " -exec rm -rf {} +"
    )
    .replace("(", "\\(")
    .replace(")", "\\)")
)
