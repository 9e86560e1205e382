"""News of purchasing, sent inside the transaction that made it.

Receivers only write a SyncTask row, so the work commits with its cause or not at all.
"""

from django.dispatch import Signal

order_approved = Signal()  # order: PurchaseOrder; decided, to be written to the POS
goods_received = Signal()  # delivery: Delivery; booked here, to be written to the POS
order_wanted = Signal()  # order: PurchaseOrder; somebody looks at it, read it again soon
supplier_settled = Signal()  # old, new: Supplier; the portal of `old` is that of `new` from now on
