"""Peers, sealed messages, private matching and mutual legal assistance."""
