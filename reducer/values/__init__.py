"""Immutable values that know nothing of OpenAI: text, collections, JSON."""
