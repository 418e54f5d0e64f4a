"""Numbers over transactions: ledger, patterns, screening. No Django, no clock, no settings."""
