"""What the figures of a run and of the bench mean: costs of bridges, what is slow and why, where nodes should run."""
