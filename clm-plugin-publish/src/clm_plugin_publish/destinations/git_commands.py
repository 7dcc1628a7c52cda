"""Calls of git: with lists of arguments, a limit on every wait, and no code of a repository."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from clm import UsageError
from clm.builds import CourseInfo
from clm.programs import find_program
from clm_plugin_publish.settings import DestinationError, with_home

QUICK_SECONDS = 60.0
REMOTE_SECONDS = 600.0
# No hooks, no programs that watch files, no other transports than these, no maintenance in the
# background that outlives the command.
_SAFE = (
    *("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.longpaths=true"),
    *("-c", "core.autocrlf=false", "-c", "commit.gpgSign=false", "-c", "push.gpgSign=false"),
    *("-c", "submodule.recurse=false", "-c", "push.followTags=false"),
)
# What a hook of git that runs `clm publish` has set for its own repository.
_OF_A_REPOSITORY = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_QUARANTINE_PATH"),
    *("GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_CONFIG", "GIT_GRAFT_FILE"),
)


@frozen
class Done:
    """The end of a call of git."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """What it printed, without the line end."""
        return self.out.decode("utf-8", "surrogateescape").strip()


class GitError(UsageError):
    """git failed; the message has what it printed."""


def git(folder: Path, *arguments: str, given: bytes = b"", seconds: float = QUICK_SECONDS) -> Done:
    """Run git in a folder and return its end, also if it failed.

    Raises:
        UsageError: git is not installed, or takes longer than `seconds`.
    """
    program = find_program(["git"])
    if program is None:
        raise UsageError("git was not found", hint="install it: https://git-scm.com")
    command = [str(program), *_SAFE, *arguments]
    # In a session of its own, ssh finds no terminal to ask on.
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        end_group(process)
        hint = "is the remote reachable, and are git's credentials set up?"
        message = f"git {_shown(arguments)} took longer than {seconds:g} s"
        raise GitError(message, hint=hint) from error
    except BaseException:
        end_group(process)
        raise
    return Done(process.returncode, out, err.decode("utf-8", "replace").strip())


def git_ok(
    folder: Path, *arguments: str, given: bytes = b"", seconds: float = QUICK_SECONDS
) -> Done:
    """As `git`, but a failure is an error.

    Raises:
        GitError: git failed.
    """
    done = git(folder, *arguments, given=given, seconds=seconds)
    if done.code:
        raise GitError(f"git {_shown(arguments)} failed: {done.err or done.code}")
    return done


def commit_of(folder: Path, without: Path) -> str:
    """The commit of the repository that a folder is in, with `+` if there are other changes.

    Empty if it is in none. The file `without` does not count.
    """
    if find_program(["git"]) is None:
        return ""
    head = git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if head.code:
        return ""
    own = os.path.relpath(without, folder).replace(os.sep, "/")
    changes = git(folder, "status", "--porcelain", "--", ".", f":(exclude){own}")
    return head.text + ("+" if changes.code or changes.out.strip() else "")


def remote_address(remote: str, course: CourseInfo) -> str:
    """The address of a remote, which may be the name of one of the course's own repository.

    Raises:
        DestinationError: there is no such remote, or it is no address.
    """
    if remote.startswith("-") or any(ord(letter) < 33 for letter in remote) or "::" in remote:
        raise DestinationError(f"{remote!r} is no address of a repository", "remote")
    if "/" in remote or "\\" in remote or ":" in remote:
        is_path = "://" not in remote and not _is_scp(remote)
        return str((course.folder / with_home(remote, "remote")).resolve()) if is_path else remote
    found = git(course.folder, "remote", "get-url", "--push", "--", remote)
    if found.code or not found.text:
        raise DestinationError(
            f"the course's repository has no remote {remote!r}",
            "remote",
            hint="`git remote -v` lists them; give an address to use another repository",
        )
    if found.text.startswith("-") or "::" in found.text:
        raise DestinationError(f"{found.text!r} is no address of a repository", "remote")
    return found.text


def _is_scp(remote: str) -> bool:
    """Whether it is `host:path`, and no path of Windows such as `C:/course`."""
    host, colon, _ = remote.partition(":")
    return bool(colon) and "/" not in host and "\\" not in host and len(host) > 1


def without_password(text: str) -> str:
    """A text in which addresses have no passwords."""
    return re.sub(r"(\w+://)[^/@\s]*@", r"\1", text)


def _shown(arguments: Sequence[str]) -> str:
    return " ".join(arguments[:1])


def _environment() -> dict[str, str]:
    environ = {k: v for k, v in os.environ.items() if k not in _OF_A_REPOSITORY}
    return {
        **environ,
        "GIT_TERMINAL_PROMPT": "0",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_ALLOW_PROTOCOL": "file:https:http:ssh",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
        "LANGUAGE": "",
    }


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill git and what it has started."""
    if sys.platform == "win32":
        process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
