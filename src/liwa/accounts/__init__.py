"""Who may sign in, what they may see, and who saw what."""
