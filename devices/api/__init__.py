"""Devices and custodies as the REST API shows them."""
