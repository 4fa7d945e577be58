"""The primitives of cryptography that adapters share, each under the name its standard gives it.

Never holds a key, and never invents a construction: each function is one published algorithm over a well-kept library.
"""
