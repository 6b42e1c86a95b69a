"""How a run waits: detached tasks, wake-ups, and deadlines. Internal."""
