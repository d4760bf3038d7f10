"""How long something takes, as a person says it."""


def about(seconds: float) -> str:
    """`less than a minute`, `about 5 min`, `about 2 h 5 min`."""
    if seconds < 60:
        return "less than a minute"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"about {hours} h {minutes} min" if hours else f"about {minutes} min"
