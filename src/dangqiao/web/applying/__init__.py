"""The application, step by step: the same at home and at a counter."""
