"""The version of CLM and of its plugins, where `clm --version` finds it without loading CLM."""

__version__ = "0.3.0"
