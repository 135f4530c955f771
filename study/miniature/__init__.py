"""A miniature of everything: a drawn world, its probe and its trained networks."""
