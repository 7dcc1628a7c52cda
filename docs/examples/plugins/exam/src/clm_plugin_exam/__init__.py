"""Outputs for exams."""
