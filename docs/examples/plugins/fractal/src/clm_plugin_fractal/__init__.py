"""Pictures that an external program computes."""
