"""Scoring models: the metrics of the lighteval tasks in tasks/, and tables of their results."""
