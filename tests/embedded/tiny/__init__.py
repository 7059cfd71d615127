"""The smallest application that `make run` can serve, so that its tests need none of Techdesk's models."""
