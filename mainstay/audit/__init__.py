"""The hash chain: who did what to which record, and why."""
