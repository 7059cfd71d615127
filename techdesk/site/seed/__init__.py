"""A synthetic district of any size, for trying Techdesk at one's own size and for the benchmarks."""
