"""Adapters to the outside, and doors into the service."""

import os

# numpy computes in one thread unless the environment says otherwise: to compare vectors is bound by memory and no faster for a second one, which
# waits for work in a busy loop. OpenBLAS reads this when numpy is loaded first, so it stands where everything of ours passes before.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
