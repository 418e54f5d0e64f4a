"""Transactions, patterns, alerts and reports."""
