"""The gates: everything that comes from outside is read here, by rule, or refused in one sentence."""
