"""Environment variables that workers and their tools get.

Code in the sources of a course can read the environment, and what it prints is delivered. So it is
given only what programs need to run, and no credentials of the account that builds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

VARIABLE = "CLM_PASS_ENVIRONMENT"

_SHORTEST_SECRET = 8
_SURELY_NO_WORD = 20  # characters
_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|APIKEY|_KEY$|_AUTH$", re.I)
_PLACEHOLDER = re.compile(r"example|your|placeholder|password|secret|changeme|dummy|[*x.]{4}", re.I)
_ADDRESS_WITHOUT_PASSWORD = re.compile(r"\w+://[^@]*")

_PASSED = (
    # The system and the user's account.
    *("COMSPEC", "HOME", "HOMEDRIVE", "HOMEPATH", "HOSTNAME", "LOGNAME", "NUMBER_OF_PROCESSORS"),
    *("OS", "PATH", "PATHEXT", "PROCESSOR_*", "PROGRAMDATA", "PROGRAMFILES*", "PROGRAMW6432"),
    *("SHELL", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "USER", "USERNAME"),
    *("USERPROFILE", "WINDIR", "APPDATA", "LOCALAPPDATA", "COMMONPROGRAMFILES*", "XDG_*"),
    # Language, time and display.
    *("LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES"),
    *("DISPLAY", "WAYLAND_DISPLAY", "FONTCONFIG_*", "FREETYPE_PROPERTIES"),
    # Libraries and languages.
    *("LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_*", "PYTHON*", "VIRTUAL_ENV", "CONDA_*", "PYENV_*"),
    *("IPYTHON*", "JUPYTER_*", "MPLBACKEND", "MPLCONFIGDIR", "JAVA_*", "JDK_*", "CLASSPATH"),
    *("KOTLIN_*", "R_*", "RENV_*", "JULIA_*", "GOPATH", "GOROOT", "GOCACHE", "GOFLAGS", "NODE_*"),
    *("DENO_DIR", "DOTNET_*", "CARGO_HOME", "RUSTUP_HOME", "CC", "CXX", "CFLAGS", "CXXFLAGS"),
    *("CPATH", "LIBRARY_PATH", "INCLUDE", "LIB", "GRAPHVIZ_DOT", "TEXINPUTS"),
    # Computing, and access to the network.
    *("OMP_*", "MKL_*", "OPENBLAS_*", "NUMEXPR_*", "CUDA_*", "NVIDIA_*", "SSL_CERT_*"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY"),
    *("ALL_PROXY", "COVERAGE_*", "CLM_*"),
)
_NEVER = (
    *("CLM_SHARED_CACHE*", "CLM_BROKER*", "*TOKEN*", "*PASSWORD*", "*PASSWD*", "*SECRET*"),
    *("*CREDENTIAL*", "*_KEY", "*APIKEY*", "*_AUTH"),
)


def passed_environment(
    environ: Mapping[str, str] | None = None, *, plugin: str = ""
) -> dict[str, str]:
    """The variables of the environment that workers and their tools get.

    These include those that begin with the name of the `plugin`. `CLM_PASS_ENVIRONMENT` adds names,
    separated by commas, in which `*` stands for any text.
    """
    environ = os.environ if environ is None else environ
    added = tuple(name.strip().upper() for name in environ.get(VARIABLE, "").split(","))
    own = (f"{plugin.upper().replace('-', '_')}_*",) if plugin else ()
    always, passed, never = _pattern(added), _pattern((*_PASSED, *own)), _pattern(_NEVER)

    def is_passed(name: str, value: str) -> bool:
        if always.match(name):
            return True
        has_password = name.endswith("_PROXY") and "@" in value
        return bool(passed.match(name) and not has_password and not never.match(name))

    return {name: value for name, value in environ.items() if is_passed(name.upper(), value)}


def secret_values(environ: Mapping[str, str]) -> dict[str, str]:
    """The values of the variables whose names say that they are secret, with these names.

    Without what text may have by chance: short values, words, numbers, paths, placeholders.
    """
    return {
        value: name
        for name, value in environ.items()
        if _SECRET_NAME.search(name) and _is_telling(value)
    }


def _is_telling(value: str) -> bool:
    if len(value) < _SHORTEST_SECRET or _PLACEHOLDER.search(value) or Path(value).is_absolute():
        return False
    if _ADDRESS_WITHOUT_PASSWORD.fullmatch(value):
        return False
    kinds = (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
    count = sum(any(map(kind, value)) for kind in kinds)
    return count > 1 or (len(value) >= _SURELY_NO_WORD and not value.isdigit())


@lru_cache(maxsize=64)
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    # One expression, since each kernel gets an environment.
    return re.compile("|".join(map(translate, patterns)))
