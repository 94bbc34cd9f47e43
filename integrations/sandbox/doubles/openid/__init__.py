"""An OpenID Connect provider as a server: one app, a few people, and every lie that one who checks must notice."""
