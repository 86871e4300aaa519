"""r1k: forward reasoning problems in, verified reverse problems out."""

__version__ = "0.1.0"
