"""Sealed messages and private matching, without Django."""
