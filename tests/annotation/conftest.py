"""One real Argilla for all tests of annotation; a test makes workspaces and users of its own."""

from collections.abc import Iterator

import pytest

from r1k.annotation.serve import environment
from r1k.errors import UserError
from tests.argilla import Argilla, serve


@pytest.fixture(scope="session")
def argilla_environment() -> None:
    """The environment of Argilla's server; without it, tests are skipped."""
    try:
        environment()
    except UserError as e:
        pytest.skip(str(e))


@pytest.fixture(scope="session")
def argilla(argilla_environment: None) -> Iterator[Argilla]:
    """A running server, with .url, .api_key, .home, .port."""
    with serve() as running:
        yield running
