"""What an image is: channels, their regions, shapes drawn on them."""
