"""site: the roof. Navigation, home pages, health, the API router, demo district. May import everything; nobody
imports it."""
