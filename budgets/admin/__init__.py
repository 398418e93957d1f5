"""The browser admin, one file per subject."""
