"""Drawing how a network learns."""
