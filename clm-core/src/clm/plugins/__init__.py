"""Plugins: found through entry points, loaded each on its own, and what they offer."""

from clm.plugins.discovery import FoundPlugin, PluginStatus, discover
from clm.plugins.registry import LoadedPlugin, PluginRegistry

__all__ = ["FoundPlugin", "LoadedPlugin", "PluginRegistry", "PluginStatus", "discover"]
