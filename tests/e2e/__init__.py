"""The browser tests are a package, so that what their fixtures start ends with them, and not with the whole session."""
