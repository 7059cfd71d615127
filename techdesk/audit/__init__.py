"""audit: who did what (AuditEntry), what a row looked like (pghistory, same context id), who looked at a
student's record (Disclosure), and what changed in which order (ChangeEvent and its sequencer).

May import: api, base. Refers to people and schools only by lazy foreign keys.
"""
