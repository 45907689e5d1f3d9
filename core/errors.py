"""The one exception whose text a learner reads."""


class UserError(Exception):
    """Something the user gave or asked for cannot be used; the message says what happened and what to do.

    Args:
        what: one sentence that names the thing and what is wrong with it ("cat.png is empty.").
        remedy: one sentence that says what to do next ("Choose another picture.").
        code: a stable name for tests and scripts, upper case ("IMG_EMPTY").
    """

    def __init__(self, what: str, remedy: str, code: str) -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy
        self.code = code

    def __reduce__(self) -> tuple[type["UserError"], tuple[str, str, str]]:
        """A copy has the same three parts."""
        return type(self), (self.what, self.remedy, self.code)
