"""What runs wait by: tasks of nobody's, what wakes, and for how long. Internal."""
