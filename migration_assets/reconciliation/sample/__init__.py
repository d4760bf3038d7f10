"""The sample: which tickets stand for all, and the page on which a person compares them side by side."""
