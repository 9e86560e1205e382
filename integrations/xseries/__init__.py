"""The border to Lightspeed Retail (X-Series).

Start at `client` (what we ask of it), then `payloads` (its words and ours), `auth` (tokens),
and `sync` (what runs in the background). `mirror` keeps our copy of the shop.
"""
