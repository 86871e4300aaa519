"""What every test may rely on."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _gradients() -> None:
    """lighteval switches gradients off for the whole process, as it is imported."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_grad_enabled(True)
