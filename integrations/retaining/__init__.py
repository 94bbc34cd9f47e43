"""How long what is stored stays, and how a person is taken out of it."""
