"""The parts of an evaluation, one file each; each measures something of the model and, where there is one, of its base."""
