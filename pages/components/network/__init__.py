"""Drawing and editing a network."""
