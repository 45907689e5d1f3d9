"""Train by showing: cards that record, a classifier that answers live, and the ways on."""
