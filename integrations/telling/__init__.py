"""A decision in words that every door shares: who is who, what mattered, where it stands."""
