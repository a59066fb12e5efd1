"""What every page of Bloomery shares: the frame, the charts, word diffs, and harmless rendering of hostile text."""
