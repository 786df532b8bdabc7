"""Django app: the learning record store of the xAPI standard (1.0.3 and IEEE 9274.1.1, called 2.0)."""
