"""Who and what the school knows, in the words of OneRoster 1.2, and where each row came from."""
