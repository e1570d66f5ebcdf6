"""The databases of tests/store."""

from tests.store.databases import *  # noqa: F403
