"""The API for GPU hosts, and for nobody else."""
