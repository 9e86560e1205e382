"""A NuORDER and an X-Series that run on this machine and are spoken to over real HTTP.

The sandbox imports nothing of the app and the app imports nothing of the sandbox.
"""
