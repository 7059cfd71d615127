"""testing_events: state tests and benchmarks: readiness, planning, the day, what went wrong.

An empty room of the house so far: its floor and neighbours are fixed in pyproject.toml, its models come with its
own issue.
"""
