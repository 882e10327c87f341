"""Faces drawn by a program: identities, facial action units, relief, skin, hair and the scene around them."""
