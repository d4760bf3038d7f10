"""Stage 6: documents for the admin of the customer: what was not moved, and what is to be done by hand."""
