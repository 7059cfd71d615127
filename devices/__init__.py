"""devices: categories, models, devices, carts with slots, homes, assigned people, custody; device imports.

May import: everything of techdesk except techdesk.site. Knows nothing of tickets, training, testing or books.
"""
