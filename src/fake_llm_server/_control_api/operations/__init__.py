"""The operations of the control API, a file for each subject."""
