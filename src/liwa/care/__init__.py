"""Care: cases that people work on, opened for whom needs it most and never more than an adviser can handle."""
