"""The doorstep server: carrier scans and courier positions, joined and streamed live."""
