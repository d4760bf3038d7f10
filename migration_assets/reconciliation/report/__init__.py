"""The report: its data, its verdict, its pages."""
