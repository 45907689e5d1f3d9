"""Drawing labs."""
