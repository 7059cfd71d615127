"""notifications: telling people. A transactional outbox; nothing is lost, and a mail that may be doubled carries
the same Message-ID.

May import: base, audit, jobs. Refers to people only by lazy foreign keys.
"""
