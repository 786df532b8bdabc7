"""What pages ask, each through the scope's querysets."""
