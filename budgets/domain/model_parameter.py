"""A model's name as a parameter of an address, where spend without a model must be told from no model chosen."""

NO_MODEL = "~none"
# Before a name that begins with it, so that no name is the word above.
ESCAPE = "~"


def model_parameter(model: str) -> str:
    """The name as it stands in an address; "" is spend without a model."""
    if not model:
        return NO_MODEL
    return ESCAPE + model if model.startswith(ESCAPE) else model


def model_of(parameter: str) -> str:
    """The name that an address means."""
    if parameter == NO_MODEL:
        return ""
    return parameter.removeprefix(ESCAPE) if parameter.startswith(2 * ESCAPE) else parameter
