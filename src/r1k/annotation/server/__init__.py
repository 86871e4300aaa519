"""Argilla's server in one process, without Elasticsearch and Redis.

Runs under the Python of an environment of its own, because Argilla's server pins older libraries
than r1k: nothing here imports another module of r1k, and nothing but `words` can be imported in
r1k's environment. `r1k.annotation.serve` starts it.
"""
