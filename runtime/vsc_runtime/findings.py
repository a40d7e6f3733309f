"""What the checks of a submission's files find."""

from dataclasses import dataclass

from .errors import SubmissionFailure


@dataclass(frozen=True)
class Finding:
    """One broken rule: in which file, what was found and allowed, and the first offending index."""

    file: str
    rule: str
    message: str
    index: "int | None" = None

    def __str__(self):
        where = "" if self.index is None else f" [first at index {self.index}]"
        return f"{self.file}: {self.rule}: {self.message}{where}"


def refuse(subject, findings):
    """Raise SubmissionFailure if there are findings; `subject` is what the files hold, in the plural."""
    if findings:
        broken = "1 rule is" if len(findings) == 1 else f"{len(findings)} rules are"
        raise SubmissionFailure("invalid", f"The {subject} are not valid: {broken} broken", findings)
