"""jobs: work that must follow a change (`enqueue`), long work people watch (JobRun), the import framework,
stored files.

May import: base, audit. Refers to people and schools only by lazy foreign keys.
"""
