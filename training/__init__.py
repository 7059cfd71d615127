"""training: people learning tools: topics, sessions, registration, certificates.

An empty room of the house so far: its floor and neighbours are fixed in pyproject.toml, its models come with its
own issue.
"""
