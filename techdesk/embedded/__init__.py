"""PostgreSQL and Valkey inside the project folder, and the processes of `make run`.

Owns: finding, starting, watching and stopping the two servers and Techdesk's own processes.
Everything here is standard library, except for the database driver and the SMTP server, which are
imported where they are needed. Nothing here imports Django at the top of a module (only the
`prepare` program runs it), because this package has to speak clearly when Django cannot start.
"""
