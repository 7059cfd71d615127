"""Imports of rosters: who comes to school, what they are, which sections they are in."""
