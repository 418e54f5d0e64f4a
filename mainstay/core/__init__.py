"""Vocabularies, errors, sealing, access and the clock: what every floor stands on."""
