"""Files that records refer to: found, downloaded, and given to days."""
