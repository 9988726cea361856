"""Time and memory of the models, side by side with others."""
