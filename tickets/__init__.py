"""tickets: help requests, their messages and states; issue types; what the teacher asks and the technician works.

May import: devices and everything of techdesk except techdesk.site. Knows nothing of training, testing or books.
"""
