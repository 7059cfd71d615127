"""What outbox, runs, imports and stored files promise."""

from __future__ import annotations

from techdesk.audit.hooks import feed_not_ahead
from techdesk.base.invariants import invariant

invariant(
    "jobs.done_has_its_moment",
    "SELECT format('%s %s', kind, id) FROM jobs_job WHERE (state = 'done') <> (done_at IS NOT NULL)",
    "Work is done exactly when it says since when.",
)
invariant(
    "jobs.no_forgotten_lease",
    """
    SELECT format('%s %s', kind, id) FROM jobs_job
    WHERE state = 'waiting' AND lease_until < now() - interval '1 day'
    """,
    "Work of a worker that died is taken over within minutes; these wait since yesterday, so no worker is running.",
)
invariant(
    "jobs.lease_only_while_waiting",
    "SELECT format('%s %s', kind, id) FROM jobs_job WHERE state <> 'waiting' AND lease_until IS NOT NULL",
    "Nobody is at work on what is settled.",
)
invariant(
    "jobs.run_ended_has_its_moment",
    "SELECT key FROM jobs_jobrun WHERE (state IN ('done', 'failed')) <> (finished_at IS NOT NULL)",
    "A run has ended exactly when it says since when; its page would wait for ever or say nothing.",
)
invariant(
    "imports.applied_row_has_target",
    """
    SELECT format('%s line %s of %s', run.key, row.number, row.file)
    FROM jobs_importrow AS row JOIN jobs_importrun AS run ON run.id = row.run_id
    WHERE row.applied AND row.target_id IS NULL AND row.verdict IN ('create', 'update', 'deactivate')
    """,
    "A row that was applied says which object it wrote; an undo could not say what became of it.",
)
invariant(
    "imports.applied_has_its_moment",
    "SELECT key FROM jobs_importrun WHERE state = 'applied' AND applied_at IS NULL",
    "An import that was applied says when.",
)
invariant(
    "imports.undone_only_what_was_applied",
    """
    SELECT format('%s line %s of %s', run.key, row.number, row.file)
    FROM jobs_importrow AS row JOIN jobs_importrun AS run ON run.id = row.run_id
    WHERE row.undone <> '' AND NOT row.applied
    """,
    "Only what an import wrote is taken back.",
)
invariant(
    "files.not_empty",
    "SELECT key FROM jobs_storedfile WHERE size <= 0",
    "A stored file has content; an empty one was cut off while it was written.",
)
invariant(
    "files.have_their_hash",
    "SELECT key FROM jobs_storedfile WHERE sha256 !~ '^[0-9a-f]{64}$' OR path = ''",
    "A stored file says where it lies and what it must hold, so that a restore can be checked.",
)
feed_not_ahead("imports", "SELECT key::text, version, created_at FROM jobs_importrun")
