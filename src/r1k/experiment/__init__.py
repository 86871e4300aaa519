"""The experiment: every recipe, in stages and over seeds, trained, measured and scored."""
