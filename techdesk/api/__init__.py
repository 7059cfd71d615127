"""api: the layer every REST resource stands on. Tokens, problem answers, cursor pages, strict parameters, declared
resources, exports, throttles, the schema. No domain knowledge.

May import: base, ui. Refers to people and schools only by lazy foreign keys.
"""
