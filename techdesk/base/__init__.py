"""base: domain errors, the door (`load`, `policy`, `may`), clock, keys, model base. No models of its own.

Imports nothing of the house; everybody may import it. Stays small.
"""
