"""Train by showing: pictures of a few things, shown to a frozen base, and a classifier learnt from its features."""
