"""A recording in the model's place, for an application's own tests."""
