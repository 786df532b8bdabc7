"""What other programs speak to: the learning record store's resources under `/xapi/`."""
