"""From what is selected to a result: jobs, warnings, refusals, and lines to repeat a run."""
