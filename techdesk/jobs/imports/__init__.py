"""The import framework: files -> rows -> a verdict per row -> preview -> apply, the same for every source.

Reading order: `files` and `text` and `json_stream` (what comes in), `cells` (strict values), `kinds` (what an app
above declares), `verdicts` (what is done with a row). The writing half is `techdesk.jobs.actions.imports`. Apps above
import all of it from `techdesk.jobs.hooks`.
"""
