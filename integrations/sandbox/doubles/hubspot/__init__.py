"""HubSpot's double: a portal in memory, its dated REST paths, and its signed webhooks.

`portal` is what there is. `objects`, `search` and `settings` are the paths, which `server` puts together. `filling` makes a world, and `webhooks`
tells of what changes in it.
"""
