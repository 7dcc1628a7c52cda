"""Execution of a plan: its jobs are looked up, submitted and delivered."""
