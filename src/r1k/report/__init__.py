"""What training did: a folder of runs becomes tests of hypothesis, figures, and one page."""
