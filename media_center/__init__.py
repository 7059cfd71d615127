"""media_center: the library: titles, copies, circulation, holds, inventory.

An empty room of the house so far: its floor and neighbours are fixed in pyproject.toml, its models come with its
own issue.
"""
