"""What outcomes teach: the model's parameters, calibrated confidence, and what another policy would have brought. Needs numpy; deciding does not."""
