"""Public data sets that somebody else made, each measured through what the product does. Their data is never part of the product."""
