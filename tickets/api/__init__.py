"""Tickets and messages as the REST API shows them."""
