"""Forms made from the options of an analysis, and the inputs that all widgets share."""
