"""The reversal of a wrong transfer: a case of its own beside the transfer, which it never opens again.

Opened by the citizen, by the utility or by the operator for somebody else; decided by the utility; carried out by it.
"""
