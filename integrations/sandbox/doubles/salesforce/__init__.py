"""A Salesforce of our own: an org in memory behind the REST API at v67.0, signed in to by OAuth, with Salesforce's own errors."""
