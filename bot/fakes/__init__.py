"""Providers on this machine that speak the real wire format: for tests, for the drill and for the demo's telephones."""
