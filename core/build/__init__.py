"""From an experiment to what runs: the Keras model, and the script that builds the same one."""
