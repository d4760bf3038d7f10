"""Words that labels and options are read by: one data file a language (en.yaml says what each key holds)."""
