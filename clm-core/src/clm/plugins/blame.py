"""The plugin that an unexpected error came from."""

from __future__ import annotations

import traceback

from clm.plugins.discovery import OWN_DISTRIBUTION, FoundPlugin, discover

_OWN_PACKAGE = "clm"


def blamed(error: BaseException) -> FoundPlugin | None:
    """The plugin whose code raised the error, or called a library that did; None for CLM itself."""
    packages = {
        _package(plugin.value): plugin
        for plugin in discover()
        if plugin.distribution != OWN_DISTRIBUTION
    }
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        package = _package(str(frame.f_globals.get("__name__", "")))
        if package == _OWN_PACKAGE:
            return None
        if package in packages:
            return packages[package]
    return None


def _package(name: str) -> str:
    return name.partition(":")[0].partition(".")[0]
