"""Real processes: sandboxes, the queue's cluster, and SIGKILL."""
