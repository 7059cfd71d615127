"""directory: schools, rooms, people (the login user too), sections, roles, school years, closed days and hours,
roster imports.

May import: base, ui, api, audit, jobs, notifications. The floors below refer to people and schools only by lazy
foreign keys.
"""
