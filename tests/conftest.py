"""What every test may rely on."""

import sys

import pytest

# Files that take minutes are begun first: no process is left with one at the end.
LONG = {
    "test_tasks.py", "test_generate.py", "test_run.py", "test_recipes.py", "test_curate_resume.py",
    "test_tiny.py", "test_real_models.py", "test_direction.py", "test_serve.py", "test_page.py",
}  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, else as they were."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(autouse=True)
def _gradients() -> None:
    """lighteval switches gradients off for the whole process, as it is imported."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_grad_enabled(True)
