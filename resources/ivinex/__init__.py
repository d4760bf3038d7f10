"""The Ivinex client: read-only transport, both dialects, paging, parsing of wire values, Dagster resource."""
