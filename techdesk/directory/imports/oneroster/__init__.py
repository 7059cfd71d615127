"""OneRoster CSV 1.1 and 1.2 (1EdTech, https://www.imsglobal.org/spec/oneroster/v1p2/bind/csv), bulk; 1.1 delta too.

`columns` says which cells are read at all; `delivery` opens and checks the files; one module per part compares its
rows with the directory. What is written is written by `techdesk.directory.actions.roster`.

Who owns which fact, when the roster comes again:

* the roster owns names, kind, username, card number, grade, roles of its own granting, sections and enrolments;
* an empty e-mail in the roster erases nothing, and who holds a role that a person gave keeps the e-mail they have;
  people own language, theme, room, password and the roles they granted;
* whether somebody is switched off: the roster switches off whom it lists no longer (or lists as disabled) and on
  again whom it brings back; whom a person switched off stays off. Holders of the role district_admin are never
  switched off by a roster;
* the code of a school and the name of the district are taken once and then belong to people; a section's room is
  set when there is none or when its location is spelt anew.
"""

from techdesk.directory.imports.oneroster.kind import ONEROSTER

__all__ = ["ONEROSTER"]
