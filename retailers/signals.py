"""News of the shop, sent inside the transaction that made it."""

from django.dispatch import Signal

start_date_set = Signal()  # shop: Retailer, by: User; earlier orders are handled elsewhere
