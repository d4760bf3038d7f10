"""From wire values of one record to the values of its targets: a library without Dagster."""
