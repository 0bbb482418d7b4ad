"""What several tests need: fakes for time and for faults, nothing else."""
