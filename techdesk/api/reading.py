"""The schema cut into chapters for the reading room."""


def chapters():
    return []
