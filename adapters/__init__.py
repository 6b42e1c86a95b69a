"""Everything that touches the world, one module a neighbour. Nothing is imported here: take the module you need."""
