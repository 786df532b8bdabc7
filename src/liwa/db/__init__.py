"""Set-based writing and retrying transactions on every engine."""
