"""How Undertone's embedded encoder is trained. Never needed at run time; see ../README.md."""
