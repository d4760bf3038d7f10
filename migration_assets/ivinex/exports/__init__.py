"""What no API shows: the files that an admin of Ivinex exported."""
