"""Who contacts whom: networks and layers as given, their compiled form, memberships, and sums along edges."""
