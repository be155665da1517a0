"""Settings of Hypothesis: the same examples in every run, and no deadline on a busy machine."""

from hypothesis import settings

settings.register_profile("lstmderiv", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("lstmderiv")
