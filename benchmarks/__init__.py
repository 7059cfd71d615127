"""`make bench`: what Techdesk costs, as ratios to floors that are measured in the same run, request by request.

A floor is the least that any program on this machine could do for the same caller: see `floors.py`. Absolute times
say more about the machine than about the program; ratios and counts of statements and buffers do not.
"""
