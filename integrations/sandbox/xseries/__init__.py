"""The sandbox X-Series: a point of sale that keeps to what is known of the 2026-07 API.

Start reading at `app` (how it is put together), then `shop` (how a shop's data is kept).
"""
