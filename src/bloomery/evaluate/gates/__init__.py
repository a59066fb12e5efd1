"""Gates: what must hold for a model to be deployed, written down before anything is measured."""
