"""Techdesk: one calm place for a school's devices, help requests, tests, training and library.

The project package: settings and the shared floors. See docs/architecture.md.
"""
