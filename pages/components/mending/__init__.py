"""Looking through a dataset and mending it: its images, its classes, its flaws, and what mending them is worth."""
