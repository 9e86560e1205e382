"""Sending an order to the POS: what it wants, the plan of it, the writes, and receiving."""
