"""Pages of purchasing: orders, review, receiving."""
