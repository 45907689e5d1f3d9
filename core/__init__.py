"""Kernelscope without a screen: everything the pages, the workers and the command line share."""
