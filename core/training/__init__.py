"""Training: the loop that learns, and the processes it runs in."""
