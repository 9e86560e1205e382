"""Pages that know the outside: plan, sync, connections, home."""
