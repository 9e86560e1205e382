"""A NuORDER on loopback: brand portals, orders, products and stock, signed with OAuth 1.0a."""
