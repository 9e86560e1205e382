"""Our copy of the shop, kept by change feeds.

`feeds` walks a feed with its cursor; each other module takes the pages of some feeds into our
tables, set by set: a page costs a fixed number of statements, however many rows it has.
"""
