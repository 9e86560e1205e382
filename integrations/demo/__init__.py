"""`make run`: a working shop on one machine, with everything real but the two outside companies.

The sandbox stands for those; it is spoken to over HTTP like the real ones.
"""
