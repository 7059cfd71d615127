"""The feed of changes as the REST API shows it."""
