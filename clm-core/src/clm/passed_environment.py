"""Environment variables that workers and their tools get.

Code in the sources of a course can read the environment, and what it prints is delivered. So it is
given only what programs need to run, and no credentials of the account that builds.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
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
    added = [name.strip().upper() for name in environ.get(VARIABLE, "").split(",")]
    own = [f"{plugin.upper().replace('-', '_')}_*"] if plugin else []
    return {
        name: value
        for name, value in environ.items()
        if _matches(name.upper(), added)
        or (_matches(name.upper(), [*_PASSED, *own]) and not _is_secret(name.upper(), value))
    }


def _is_secret(name: str, value: str) -> bool:
    return _matches(name, _NEVER) or (name.endswith("_PROXY") and "@" in value)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
