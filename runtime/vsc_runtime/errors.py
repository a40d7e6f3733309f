"""How a run can end badly, and the exit code that each way has."""

EXIT_SUBMISSION = 1
EXIT_ENVIRONMENT = 3
EXIT_BUG = 70


class RunFailure(Exception):
    """A run that can't go on, for a reason that its reader can act on.

    `kind` is a short id for programs, `message` a sentence for people and
    `findings` the validation rules that were broken, if any.
    """

    exit_code = EXIT_SUBMISSION

    def __init__(self, kind, message, findings=()):
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.findings = list(findings)


class SubmissionFailure(RunFailure):
    """The submission is at fault: its files, its code or what its code wrote."""


class EnvironmentFailure(RunFailure):
    """The surroundings are at fault: data, zip or disk are missing or malformed."""

    exit_code = EXIT_ENVIRONMENT

    def __init__(self, message, kind="environment"):
        super().__init__(kind, message)


class Interrupted(RunFailure):
    """SIGTERM or SIGINT arrived; the exit code is 128 plus the signal's number."""

    def __init__(self, signal_number, name):
        super().__init__("interrupted", f"Interrupted by {name}")
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number
