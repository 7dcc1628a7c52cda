"""Environment variables that workers and their tools get.

Code in the sources of a course can read the environment, and what it prints is delivered. So it is
given only what programs need to run, and no credentials of the account that builds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from fnmatch import fnmatchcase

VARIABLE = "CLM_PASS_ENVIRONMENT"

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
    *("CPATH", "LIBRARY_PATH", "INCLUDE", "LIB", "PLANTUML_*", "GRAPHVIZ_DOT", "TEXINPUTS"),
    # Computing, and access to the network.
    *("OMP_*", "MKL_*", "OPENBLAS_*", "NUMEXPR_*", "CUDA_*", "NVIDIA_*", "SSL_CERT_*"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY"),
    *("ALL_PROXY", "COVERAGE_*", "CLM_*"),
)
_NEVER = (
    *("CLM_SHARED_CACHE*", "CLM_BROKER*", "*TOKEN*", "*PASSWORD*", "*PASSWD*", "*SECRET*"),
    *("*CREDENTIAL*", "*_KEY", "*APIKEY*", "*_AUTH"),
)


def passed_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of the environment that workers and their tools get.

    `CLM_PASS_ENVIRONMENT` adds names, separated by commas, in which `*` stands for any text.
    """
    environ = os.environ if environ is None else environ
    added = [name.strip().upper() for name in environ.get(VARIABLE, "").split(",")]
    return {n: value for n, value in environ.items() if _is_passed(n.upper(), value, added)}


def _is_passed(name: str, value: str, added: list[str]) -> bool:
    if _matches(name, added):
        return True
    has_password = name.endswith("_PROXY") and "@" in value
    return _matches(name, _PASSED) and not has_password and not _matches(name, _NEVER)


def _matches(name: str, patterns: tuple[str, ...] | list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
