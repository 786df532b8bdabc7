"""One module for each workload; see `liwa.bench`."""
