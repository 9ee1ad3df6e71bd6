"""The engines, as the pictures in tests/spec have them."""

from tests.spec.conftest import engine

__all__ = ["engine"]
