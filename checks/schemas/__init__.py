"""The target's limits as code: one pandera schema per staged table, each named `staging.<table>`."""
