"""Hypothesis strategies for streams, with the quirks of providers as switches."""
