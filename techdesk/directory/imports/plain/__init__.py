"""People, guardians, homerooms and rooms from the lists that offices keep: CSV or Excel, columns in any order.

`fields` says what a column may be; `cells` and `rows` read one row; `delivery` opens the files and makes the rows of
the parts; `known` finds who is meant; one module per part compares. What is written is written by
`techdesk.directory.actions.roster`, as for OneRoster.

What a file may change: only facts that it has a filled cell for. Identity: the number of the other system, else the
card number within the school, else the e-mail address; names never identify anybody, they only have to fit. A file is
not complete unless a person says so; then whom earlier files of the school brought, and this one does not, leaves.
"""

from techdesk.directory.imports.plain.kind import PLAIN_PEOPLE

__all__ = ["PLAIN_PEOPLE"]
