"""What both sandbox servers are made of: storage, a ledger, faults, HTTP, the control API."""
