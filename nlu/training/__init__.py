"""Trains the transformer reader in an environment of its own (`make train`); the server never imports this package."""
