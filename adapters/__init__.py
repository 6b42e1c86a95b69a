"""Everything that touches the world: wires, drivers, protocols, files, the command, and what tests need.

Nothing is imported here: import the package that you need.
"""
