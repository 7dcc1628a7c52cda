"""Backends, executors, stores and checks, which plugins register besides job types."""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen


@frozen(repr=False)
class BackendOption:
    """An option `--NAME` of commands that use a backend; it takes a text and selects the backend.

    `help` is its description, `metavar` what stands for its value there.
    """

    name: str
    help: str
    metavar: str = "TEXT"


@frozen(repr=False)
class BackendType:
    """A backend; `factory` is the import string `module:callable` of its factory.

    The callable takes a `BackendContext` and returns a `Backend`; it is imported only if the
    backend is selected. `workers` is the import string of a callable for `clm workers start`,
    which takes a `WorkersContext` and serves builds until it is stopped. `dead_jobs` is that of a
    callable for `clm jobs list`, which takes the given options and returns `DeadJob`s;
    `discard_dead_jobs` that of one for `clm jobs discard`, which also takes a set of their ids, and
    returns the ids of those that it has removed. `options` are options of all these commands. Each
    of the `deprecated_flags`, such as `--use-far`, selects the backend with a warning.
    """

    name: str
    description: str
    factory: str
    workers: str | None = None
    dead_jobs: str | None = None
    discard_dead_jobs: str | None = None
    options: tuple[BackendOption, ...] = ()
    deprecated_flags: tuple[str, ...] = ()


@frozen(repr=False)
class ExecutorType:
    """An executor, which starts workers; `factory` is the import string of its factory.

    The callable takes an `ExecutorContext` and returns a `WorkerExecutor`; it is imported only if
    the executor is selected. One that `isolates` keeps the code of a course from files, network and
    processes of every machine, as `clm build --untrusted` requires.
    """

    name: str
    description: str
    factory: str
    isolates: bool = field(default=False, kw_only=True)


@frozen(repr=False)
class ResultStoreType:
    """A store of the shared cache for URLs with these `schemes`, in lower case.

    `open` is the import string `module:callable`. The callable takes the URL and returns a
    `clm.stores.api.ResultStore`; it is imported only if the shared cache has such a URL. It makes
    no request. Credentials come from the environment.
    """

    name: str
    description: str
    schemes: tuple[str, ...]
    open: str


@frozen(repr=False)
class OwnHooks:
    """Hooks that a plugin offers to other plugins; all fields are import strings.

    `specs` names the module with the functions that declare the hooks, marked with `clm.hookspec`;
    each name begins with `clm_`, the plugin's name and `_`. `check` names a function that takes
    the name of a hook and what an implementation has returned, and raises TypeError or ValueError
    if the hook asks for something else; the error is that of the implementing plugin. `code` names
    a function with the same parameters that returns the import strings in what was returned, for
    `clm plugins check` to import; `names` one that returns pairs of texts, such as
    `("cell tag", "hard")`, for `clm plugins info` to list. The modules are imported only if a
    plugin implements such a hook.
    """

    specs: str
    check: str
    code: str = ""
    names: str = ""


@frozen(repr=False)
class CheckResult:
    """The result of a check; `remedy` is the command or step that fixes the problem.

    `fix` is that command as program and arguments, for `clm doctor --fix`, which runs apt-get,
    brew, winget and `sys.executable -m pip`, and only shows any other command. If the tool is
    `optional`, for example since only one setting needs it, `clm doctor` succeeds without it.
    """

    ok: bool
    message: str
    remedy: str | None = None
    fix: tuple[str, ...] | None = None
    optional: bool = False


@frozen(repr=False)
class Check:
    """A check of the plugin's tools; `run` returns the result and does not raise.

    With `takes_settings`, `run` gets the plugin's settings as its only argument: those of the
    course that `clm doctor` looks at, else those of the environment, or None if the plugin declares
    no settings. Without it, `run` gets no argument.
    """

    name: str
    run: Callable[..., CheckResult]
    takes_settings: bool = field(default=False, kw_only=True)

    def result(self, settings: object = None) -> CheckResult:
        """Run the check for a course with these settings of the plugin."""
        return self.run(settings) if self.takes_settings else self.run()
