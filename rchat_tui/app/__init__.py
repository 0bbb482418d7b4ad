"""The terminal app. It shows what `rchat_tui.client` knows, and never speaks to the network."""
