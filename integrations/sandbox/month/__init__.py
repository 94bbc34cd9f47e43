"""A month at the fictional company: what happens by itself, and how customers and reviewers take what is done. All of it from one seed."""
