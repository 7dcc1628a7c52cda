"""Destinations in git repositories: a commit on top of what the remote's branch has.

The commit is made in a repository of the plugin's own, which has no work tree. The only change
of the remote is the one of its branch, so that a publication that is interrupted anywhere has
happened or not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from attrs import field, frozen

from clm import UsageError
from clm.builds import CourseInfo
from clm_plugin_publish.contents import Contents
from clm_plugin_publish.destinations.folders import State, is_kept
from clm_plugin_publish.destinations.git_commands import (
    REMOTE_SECONDS,
    Done,
    GitError,
    git,
    git_ok,
    remote_address,
    without_password,
)
from clm_plugin_publish.settings import Destination, DestinationError

_BATCH = 200
_REMOTE = "refs/clm/remote"
_NEW = "refs/clm/new"
_TRAILER = "CLM-Published"
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
# Each of these in a repository would use configuration or objects from elsewhere.
_FOREIGN = ("commondir", "config.worktree", "objects/info/alternates", "info/grafts", "shallow")


@frozen(slots=False)
class GitPlace:
    """A branch of a repository; `folder` is the plugin's own repository for it."""

    name: str
    remote: str
    branch: str
    keep: tuple[str, ...]
    contents: Contents
    folder: Path
    course: CourseInfo = field(repr=False)

    @classmethod
    def of(
        cls, name: str, destination: Destination, contents: Contents, course: CourseInfo, own: Path
    ) -> GitPlace:
        """The place of a destination; its repository is in the folder `own`."""
        remote, branch = remote_address(destination.remote, course), destination.branch
        if git(course.folder, "check-ref-format", f"refs/heads/{branch}").code:
            raise DestinationError(f"{branch!r} is no name of a branch", "branch")
        folder = own / f"{name}.git"
        _prepare(folder)
        return cls(name, remote, branch, destination.keep, contents, folder, course)

    @property
    def where(self) -> str:
        return f"branch {self.branch} of {without_password(self.remote)}"

    @property
    def wanted(self) -> Mapping[str, str]:
        return self._blobs

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        return {item.path: item.size for item in self.contents.items}

    def look(self) -> State:
        """What the branch has, and what others have changed since the last publication."""
        head = self._fetch()
        if not head:
            return State({})
        tree = self._tree(head)
        ours = self._tree(last) if (last := self._last_publication(head)) else {}
        changed = {p for p in {**tree, **ours} if tree.get(p) != ours.get(p)}
        strangers = sorted(p for p in changed if not is_kept(p, self.keep))
        own = {path: blob for path, blob in tree.items() if not is_kept(path, self.keep)}
        wanted = self.wanted
        kept = {p: blob for p, blob in tree.items() if p not in own and p in wanted}
        # What somebody else has made equal to what is to be published, needs no explanation.
        strange = tuple(p for p in strangers if tree.get(p) != wanted.get(p))
        return State({**own, **kept}, strange)

    def contents_of(self, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """What the branch has of these paths."""
        head = self._fetch()
        tree = self._tree(head) if head else {}
        names = [path for path in paths if " " not in tree.get(path, " ")]
        for first in range(0, len(names), _BATCH):
            part = names[first : first + _BATCH]
            ids = "".join(f"{tree[path]}\n" for path in part)
            stream = git_ok(self.folder, "cat-file", "--batch", given=ids.encode()).out
            for path in part:
                about, _, stream = stream.partition(b"\n")
                size = int(about.split()[2])
                yield path, stream[:size]
                stream = stream[size + 1 :]

    def replace(self) -> str:
        """Put a commit with the files on top of the branch; return it."""
        head = self._head
        commit = self._commit(head)
        done = git(
            self.folder,
            *("push", "--porcelain", "--no-verify", "--atomic", "--"),
            *(self.remote, f"{commit}:refs/heads/{self.branch}"),
            seconds=REMOTE_SECONDS,
        )
        if done.code:
            raise self._refused(done)
        git_ok(self.folder, "update-ref", _REMOTE, commit)
        return commit

    # --- what the remote has ---------------------------------------------------------------------

    def _fetch(self) -> str:
        """Fetch the branch; return its commit, empty if there is none."""
        name = f"refs/heads/{self.branch}"
        found = git(self.folder, "ls-remote", "--", self.remote, name, seconds=REMOTE_SECONDS)
        if found.code:
            raise self._unreachable(found)
        if not any(line.endswith(f"\t{name}") for line in found.text.splitlines()):
            git_ok(self.folder, "update-ref", "-d", _REMOTE)
            return ""
        fetched = git(
            self.folder,
            *("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"),
            *("--", self.remote, f"+{name}:{_REMOTE}"),
            seconds=REMOTE_SECONDS,
        )
        if fetched.code:
            raise self._unreachable(fetched)
        return self._head

    @property
    def _head(self) -> str:
        """The commit of the remote's branch as it was fetched; empty if there is none."""
        return git(self.folder, "rev-parse", "--verify", "--quiet", _REMOTE).text

    def _last_publication(self, head: str) -> str:
        pattern = f"^{_TRAILER}: {self.name}$"
        return git_ok(
            self.folder, *("log", "-1", "--format=%H", "--first-parent"), f"--grep={pattern}", head
        ).text

    def _tree(self, commit: str) -> dict[str, str]:
        """The blobs by paths; what is no ordinary file has no id of a blob."""
        listed = git_ok(self.folder, "ls-tree", "-r", "-z", "--full-tree", commit).out
        tree = {}
        for line in filter(None, listed.split(b"\0")):
            about, _, path = line.partition(b"\t")
            mode, kind, blob = about.decode().split()
            is_file = kind == "blob" and mode in ("100644", "100755")
            tree[path.decode("utf-8", "surrogateescape")] = blob if is_file else f"{kind} {mode}"
        return tree

    # --- the commit ------------------------------------------------------------------------------

    @cached_property
    def _blobs(self) -> Mapping[str, str]:
        from clm_plugin_publish.destinations.git_blobs import blob_ids

        return blob_ids(self.contents, self.folder / "clm-blobs.json")

    def _commit(self, head: str) -> str:
        """A commit with the files and with what is kept, on top of `head`."""
        kept = []
        if head:
            listed = git_ok(self.folder, "ls-tree", "-r", "-z", "--full-tree", head).out
            for line in filter(None, listed.split(b"\0")):
                about, _, path = line.partition(b"\t")
                name = path.decode("utf-8", "surrogateescape")
                if is_kept(name, self.keep) and name not in self.wanted:
                    mode, _, blob = about.split()
                    kept.append(b"M " + mode + b" " + blob + b" " + _quoted(path) + b"\n")
        stream = b"".join(self._stream(head, kept))
        git_ok(
            self.folder,
            *("fast-import", "--quiet", "--force", "--done", "--date-format=now"),
            given=stream,
            seconds=REMOTE_SECONDS,
        )
        commit = git_ok(self.folder, "rev-parse", "--verify", _NEW).text
        self._check(commit)
        return commit

    def _stream(self, head: str, kept: list[bytes]) -> Iterator[bytes]:
        message = f"Publish {self.course.spec.stem}\n\n{_TRAILER}: {self.name}\n".encode()
        yield b"commit " + _NEW.encode() + b"\n"
        yield b"committer " + self._identity() + b" now\n"
        yield b"data %d\n" % len(message) + message + b"\n"
        yield (b"from " + head.encode() + b"\n") if head else b""
        yield b"deleteall\n"
        yield from kept
        for item in self.contents.items:
            data = item.read()
            yield b"M 100644 inline " + _quoted(item.path.encode()) + b"\n"
            yield b"data %d\n" % len(data) + data + b"\n"
        yield b"done\n"

    def _check(self, commit: str) -> None:
        tree = self._tree(commit)
        wrong = [path for path, blob in self.wanted.items() if tree.get(path) != blob]
        if wrong:
            raise GitError(f"git did not store {wrong[0]} as it was built; nothing was published")

    def _identity(self) -> bytes:
        """The name and address of the user, as git has them in the course's folder."""
        done = git(self.course.folder, "var", "GIT_COMMITTER_IDENT")
        identity = done.text.rpartition(">")[0]
        return f"{identity}>".encode() if not done.code and identity else b"CLM <clm@localhost>"

    # --- errors ----------------------------------------------------------------------------------

    def _unreachable(self, done: Done) -> GitError:
        return GitError(
            f"{self.where} cannot be read; nothing was published: {without_password(done.err)}",
            hint="check the address, the network and git's credentials: `git ls-remote ADDRESS`",
        )

    def _refused(self, done: Done) -> GitError:
        said = without_password(f"{done.text}\n{done.err}".strip())
        if "fetch first" in said or "non-fast-forward" in said or "stale info" in said:
            message = f"{self.where} was changed by somebody else meanwhile; nothing was published"
            return GitError(message, hint="publish again: CLM puts its commit on top of theirs")
        hint = "is the branch protected, and may you push to it? A publication is never forced"
        return GitError(
            f"{self.where} refused the commit; nothing was published: {said}", hint=hint
        )


def _prepare(folder: Path) -> None:
    """The plugin's own repository, with no configuration but this, whatever was there."""
    if folder.is_symlink():
        raise UsageError(f"{folder} is a link, which is not followed", hint="remove it")
    if not (folder / "objects").is_dir() or not (folder / "HEAD").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        git_ok(folder, "init", "--quiet", "--bare", "--template=", ".")
    for name in _FOREIGN:
        (folder / name).unlink(missing_ok=True)
    for lock in folder.rglob("*.lock"):  # of a git that was killed; there is no other one
        lock.unlink(missing_ok=True)
    (folder / "config").write_text(_CONFIG, encoding="utf-8")


def _quoted(path: bytes) -> bytes:
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'
