"""What pages show: written set-based by each refresh, dropped and rebuilt at any time."""
