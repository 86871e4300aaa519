"""The Hub's cache, where there is no network."""

import functools


@functools.cache
def prefer_cache() -> None:
    """Without a network, take models from the Hub's cache at once: not after a minute of tries."""
    import httpx
    from huggingface_hub import constants

    try:
        httpx.head(constants.ENDPOINT, timeout=5)
    except httpx.TransportError:
        constants.HF_HUB_OFFLINE = True
