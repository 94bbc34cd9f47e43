"""What a text claims: quantities, days, links, promises and names, read out of prose so that they can be proved."""
