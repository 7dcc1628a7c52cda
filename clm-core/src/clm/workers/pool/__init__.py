"""Pools of worker processes: starting, monitoring and stopping."""
