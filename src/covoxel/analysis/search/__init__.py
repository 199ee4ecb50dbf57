"""Searches in single images: repeats, small images, near-duplicates."""
