"""Areas of simple shapes: a module of our own that the slides import."""

import math


def circle_area(radius):
    """The area of a circle."""
    return math.pi * radius**2


def rectangle_area(width, height):
    """The area of a rectangle."""
    return width * height
