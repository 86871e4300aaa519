"""The Hub's cache, where there is no network."""

import functools
import threading

_SECONDS = 5


@functools.cache
def hub_answers() -> bool:
    """Whether the Hub can be asked: found out once, in a few seconds at most."""
    import httpx
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    answered = threading.Event()

    def ask() -> None:
        try:
            httpx.head(constants.ENDPOINT, timeout=_SECONDS)
        except httpx.TransportError:
            return
        answered.set()

    # A look-up of a name is beyond the reach of the client's timeout, so the thread is left to it.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_SECONDS)
    return answered.is_set()


def prefer_cache() -> None:
    """Without a network, take models from the Hub's cache at once: not after a minute of tries."""
    from huggingface_hub import constants

    if not hub_answers():
        constants.HF_HUB_OFFLINE = True
