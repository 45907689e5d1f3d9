"""Drawing datasets and augmentations."""
