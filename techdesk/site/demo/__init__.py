"""The demo district "Maple Valley": made up, deterministic, dates relative to today. See `load.load_demo`."""
