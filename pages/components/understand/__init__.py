"""Drawing what a trained network does."""
