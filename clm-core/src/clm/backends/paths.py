"""Paths of CLM's own files: the `.clm` folder beside the course spec."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from attrs import frozen

from clm.database.cache.places import cache_path_of


@frozen(repr=False)
class ClmPaths:
    """The files of one course's `.clm` folder.

    `jobs_db` is the job queue (disposable), `cache_db` the results cache, `outputs_db` the
    record of written outputs, `claims` what plugins claimed when they last
    loaded, `spec_tree` the parsed spec.
    """

    folder: Path
    jobs_db: Path
    cache_db: Path
    outputs_db: Path
    logs: Path
    work: Path
    claims: Path
    spec_tree: Path

    @classmethod
    def of(cls, spec_path: Path, db_path: Path | None = None) -> ClmPaths:
        """The paths for a course spec; with `db_path` the databases are in its folder.

        If the spec's folder is not writable, a folder in the user's cache folder is used instead.
        """
        folder = _own_folder(spec_path.absolute())
        jobs_db = db_path.absolute() if db_path else folder / "clm_jobs.db"
        return cls._in(folder, jobs_db)

    @classmethod
    def of_folder(cls, folder: Path) -> ClmPaths:
        """The paths in a `.clm` folder."""
        return cls._in(folder, folder / "clm_jobs.db")

    @classmethod
    def of_database(cls, db_path: Path) -> ClmPaths:
        """The paths beside a job queue whose course is unknown."""
        return cls._in(db_path.absolute().parent, db_path.absolute())

    @classmethod
    def _in(cls, folder: Path, jobs_db: Path) -> ClmPaths:
        stem = jobs_db.stem.removesuffix("_jobs")
        return cls(
            folder=folder,
            jobs_db=jobs_db,
            cache_db=cache_path_of(jobs_db),
            outputs_db=jobs_db.with_name(f"{stem}_outputs.db"),
            logs=folder / "logs",
            work=folder / "work",
            claims=folder / "plugin-claims.json",
            spec_tree=folder / "spec-tree.json",
        )

    def checks_of(self, spec_path: Path) -> Path:
        """The file with what checks of the sources in a spec have found."""
        return self.folder / f"checks-{spec_path.name}.json"

    def findings_of(self, spec_path: Path) -> Path:
        """The file with all that the last validation of a spec has found."""
        return self.folder / f"findings-{spec_path.name}.json"

    def unchanged_of(self, spec_path: Path) -> Path:
        """The file with the outcome of a spec's last build, if that left nothing to do."""
        return self.folder / f"unchanged-{spec_path.name}.json"

    def unchanged_for_command(self, spec_path: Path, output_dir: Path | None) -> Path:
        """The same of the last build of a command, in an output folder or the usual one."""
        tree = hashlib.sha256(os.fsencode(str(output_dir))).hexdigest()[:12]
        return self.folder / f"unchanged-{spec_path.name}-{tree}.json"

    def create(self) -> None:
        """Creates the folder, with a `.gitignore` that excludes it from version control."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")


def _own_folder(spec_path: Path) -> Path:
    folder = spec_path.parent / ".clm"
    if folder.exists() or os.access(spec_path.parent, os.W_OK):
        return folder
    from clm.installed.kept import cache_folder  # rarely needed
    from clm.jobs.key import digest_bytes  # as above

    return cache_folder() / digest_bytes(os.fsencode(spec_path))[:16]
