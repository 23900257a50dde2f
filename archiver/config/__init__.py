"""What people write: case.yaml, read strictly."""
