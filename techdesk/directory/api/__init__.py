"""Schools, rooms and people as the REST API shows them."""
