"""What happens upward: purchasing's news becomes a SyncTask row, in the same transaction."""
