"""The other half of law 3: what no fold reads, and where a result has to have it. Internal."""
