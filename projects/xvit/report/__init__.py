"""A report on a recognizer: one web page and its numbers as JSON."""
