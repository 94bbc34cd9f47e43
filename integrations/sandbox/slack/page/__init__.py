"""The page of the workspace: what a member sees of it, rendered on the server."""
