"""Tests have two forms: a short one for every day, and a long one for the night (NT_LONG=1)."""

import os

IS_LONG = os.environ.get("NT_LONG") == "1"
# What a machine that is busy with other things may take longer than the times that are promised.
SLACK = float(os.environ.get("NT_CLUSTER_SLACK", "1"))
