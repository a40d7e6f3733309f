"""Makes a small competition_data of real videos with known copies. See `python3 -m vsc_samples --help`."""
