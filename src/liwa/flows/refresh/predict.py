"""The model: trained where there is something new to learn from, then asked about everyone."""
