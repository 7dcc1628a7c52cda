"""Plugins: discovery through entry points, loading, and a registry of what they provide."""

from clm.plugins.discovery import FoundPlugin, PluginStatus, discover
from clm.plugins.loaded import LoadedPlugin
from clm.plugins.registry import PluginRegistry

__all__ = ["FoundPlugin", "LoadedPlugin", "PluginRegistry", "PluginStatus", "discover"]
