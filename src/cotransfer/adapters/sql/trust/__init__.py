"""Who may call, what was granted, what was disclosed: the store's other ports, over the same database and threads.

Never touches a transfer's own rows.
"""
