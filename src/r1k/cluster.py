"""Ray: whether `--ray` can work, and the cluster that it works on."""

import importlib.util
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from r1k.errors import UserError

_SECONDS = 10


def check_ray() -> None:
    """Refuse `--ray` where Ray is not installed, or its cluster does not answer.

    Ray itself would wait for the cluster, for more than ten minutes."""
    if importlib.util.find_spec("ray") is None:
        raise UserError("--ray needs Ray, which is not installed: pip install 'r1k[ray]'")
    address = os.environ.get("RAY_ADDRESS", "")
    host, _, port = address.partition(":")
    if not port.isdigit():  # none, `auto`, `local`, `ray://HOST:PORT`
        return
    try:
        socket.create_connection((host, int(port)), _SECONDS).close()
    except OSError as e:
        raise UserError(
            f"--ray: no cluster answers at RAY_ADDRESS={address}: {e}; start one with ray start "
            "--head, or unset RAY_ADDRESS for one of this machine alone"
        ) from None


@contextmanager
def ray_cluster() -> Iterator[None]:
    """Be connected to the cluster of `RAY_ADDRESS`, or to one of this machine alone.

    Raises:
        UserError: the cluster does not let this process in.
    """
    import ray

    try:
        ray.init(log_to_driver=False)
    except (ConnectionError, ray.exceptions.RayError) as e:
        raise UserError(
            f"--ray: {str(e).strip().splitlines()[0]}; if the cluster asks for a token, as Ray's do"
            " by default, set RAY_AUTH_MODE=token here, with its head's ~/.ray/auth_token in this"
            " home"
        ) from None
    try:
        yield
    finally:
        ray.shutdown()
