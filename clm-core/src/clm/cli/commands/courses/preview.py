"""`clm preview`: a course in the browser, kept up to date.

With `--json` the first event is that below; the others are those of `clm watch`.

    preview        address, private (the address of the list with the pages for teachers)
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
import sys
import webbrowser
from typing import Any

import click
from attrs import define, field

from clm.backends.paths import ClmPaths
from clm.builder.options import BuildOptions
from clm.builder.outcome.last_build import load_last_build
from clm.builder.sessions.watch import watch_course
from clm.cli.backend_options import BackendCommand
from clm.cli.build_options import Shown, as_build_options, building_options
from clm.cli.commands.courses.watch import watch_listener
from clm.cli.options import Settings, pass_settings
from clm.cli.output.console import echo, show
from clm.cli.output.progress import write_event
from clm.course.course import Course, usual_data_dir
from clm.course.syntax.reader import load_spec
from clm.errors import ClmError, Diagnostic, Severity, UsageError
from clm.preview.answers import LOOPBACK, Preview
from clm.preview.listener import LiveListener
from clm.preview.live import Live
from clm.preview.operations import Operations
from clm.preview.server import serving
from clm.preview.trees import ServedTrees
from clm.programs import find_program

# Where a browser would open on another machine than the reader's, or not at all.
_NO_BROWSER = ("SSH_CONNECTION", "CODESPACES", "REMOTE_CONTAINERS", "CI")
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
_ANYWHERE = ("0.0.0.0", "::")  # only compared
_SWITCH_SECONDS = 0.0005


@click.command("preview", cls=BackendCommand)
@building_options(for_watch=True)
@click.option("--host", metavar="NAME", default="127.0.0.1", show_default=True, help="Listen here.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="N",
    help="Listen on this port.  [default: 8765, or the next free one]",
)
@click.option(
    "--allow-host",
    "allowed",
    multiple=True,
    metavar="NAME",
    help="Answer requests for this name, too, such as that of a forwarded port.",
)
@click.option("--open/--no-open", "opens", default=None, help="Open the preview in a browser.")
@pass_settings
def preview(
    settings: Settings,
    /,
    host: str,
    port: int | None,
    allowed: tuple[str, ...],
    opens: bool | None,
    **options: Any,
) -> None:
    """Show a course in the browser, and rebuild when files change.

    Open pages show each change, and the errors of their deck. Press Ctrl-C to stop. Exit codes: 0
    stopped by Ctrl-C, 2 wrong usage.
    """
    # The threads of the server wait for the interpreter less while a large course is planned.
    sys.setswitchinterval(_SWITCH_SECONDS)
    build_options, shown = as_build_options(settings, options)
    trees = _Trees(build_options)
    served = _served(build_options, trees, host, allowed)
    listener = LiveListener(
        served.live, watch_listener(build_options, settings, shown), build_options.spec_path
    )
    try:
        with serving(served, host, port) as used:
            address = _address(host, used)
            private = f"{address}{trees.secret}/"
            _say(address, private, shown)
            if not (_is_loopback(host) or settings.quiet):
                show(_warning(host, used))
            if opens if opens is not None else _can_open():
                _open(private)
            watch_course(build_options, listener)
    except KeyboardInterrupt:
        if not (settings.quiet or shown.as_json):
            echo("preview stopped")


def _served(options: BuildOptions, trees: _Trees, host: str, allowed: tuple[str, ...]) -> Preview:
    paths = ClmPaths.of(options.spec_path, options.db_path)
    own = () if host in _ANYWHERE else (host.lower(),)
    names = () if _is_loopback(host) else (socket.gethostname().lower(),)
    return Preview(
        Live(),
        trees.current,
        trees.title,
        hosts=(*LOOPBACK, *own, *names, *(name.lower() for name in allowed)),
        any_address=host in _ANYWHERE,
        facts=Operations(paths).data,
        report=lambda: _report(paths),
    )


def _report(paths: ClmPaths) -> str | None:
    from clm.cli.output.html_report import report_page  # only for those who open it

    try:
        return report_page(load_last_build(paths.folder))
    except UsageError:
        return None  # there is none yet


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _address(host: str, port: int) -> str:
    name = "localhost" if host in _ANYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"


def _warning(host: str, port: int) -> Diagnostic:
    others = f"http://{socket.gethostname()}:{port}/" if host in _ANYWHERE else _address(host, port)
    return Diagnostic(
        f"others in the network can open the preview, at {others}",
        Severity.WARNING,
        hint="they see the pages for students; give the address with the pages for teachers to "
        "nobody: the connection is not encrypted",
    )


def _say(address: str, private: str, shown: Shown) -> None:
    if shown.as_json:
        write_event("preview", address=address, private=private)
    else:
        echo(f"preview: {address}")
        echo(f"with the pages for teachers: {private}")


def _can_open() -> bool:
    """Whether a browser would open where the reader is."""
    if not sys.stdout.isatty() or any(os.environ.get(name) for name in _NO_BROWSER):
        return False
    # Without a display, Python would start a browser for terminals, and wait for it.
    return sys.platform != "linux" or any(os.environ.get(name) for name in _DISPLAYS)


def _open(address: str) -> None:
    # In WSL this opens the browser of Windows.
    viewer = find_program(["wslview"]) if os.environ.get("WSL_DISTRO_NAME") else None
    (webbrowser.get(f"{viewer} %s") if viewer else webbrowser).open(address)


@define(eq=False)
class _Trees:
    """The trees of the course; read again when its spec has changed."""

    options: BuildOptions
    secret: str = field(factory=lambda: secrets.token_urlsafe(16))
    _stamp: tuple[int, int] | None = None
    _course: Course | None = None

    def current(self) -> ServedTrees | None:
        """The trees; those of the last valid spec, or None if it never was valid."""
        course = self._loaded()
        return ServedTrees.of(self.options, course, self.secret) if course is not None else None

    def title(self) -> str:
        """The name of the course."""
        course = self._loaded()
        return next(iter(course.spec.name.values()), "") if course is not None else "CLM"

    def _loaded(self) -> Course | None:
        try:
            state = self.options.spec_path.stat()
            stamp = state.st_mtime_ns, state.st_size
            if stamp != self._stamp:
                spec = load_spec(self.options.spec_path)
                # The folders do not depend on the files, whose search takes a while.
                folder = self.options.data_dir or usual_data_dir(spec)
                self._course = Course(spec, folder.resolve(), ())
                self._stamp = stamp
        except (ClmError, OSError):
            return self._course  # the build reports the error
        return self._course
