"""One module per resource of the API; each registers its operations by operationId when imported."""
