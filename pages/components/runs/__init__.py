"""Drawing runs, alive or done."""
