"""Where entries are kept: implementations of the core's `Log`."""
