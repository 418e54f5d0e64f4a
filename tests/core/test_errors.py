"""Errors: one sentence, an exit code, and a problem document."""

import json

import pytest

from mainstay.core.errors import (
    BadInputError,
    ConfigurationError,
    Fault,
    MainstayError,
    NotAllowedError,
    NotFoundError,
    as_problem,
)
from mainstay.core.keystore import KeyDestroyedError


@pytest.mark.parametrize(
    ("error", "status", "exit_code", "code"),
    [
        (BadInputError("a.csv", Fault("a date", row=3, field="booked_at")), 422, 2, "bad_input"),
        (NotAllowedError("No."), 403, 1, "not_allowed"),
        (NotFoundError("No."), 404, 1, "not_found"),
        (ConfigurationError("No."), 500, 1, "configuration"),
        (KeyDestroyedError("Gone."), 410, 1, "erased"),
    ],
)
def test_each_error_has_its_status_exit_code_and_problem_document(
    error: MainstayError, status: int, exit_code: int, code: str
) -> None:
    document = as_problem(error)
    assert (error.status, error.exit_code) == (status, exit_code)
    assert document["type"] == f"urn:mainstay:error:{code}"
    assert document["status"] == status
    assert document["detail"] == str(error)
    assert json.loads(json.dumps(document)) == document


def test_bad_input_names_file_row_field_and_what_was_expected_in_one_line() -> None:
    error = BadInputError("payments.csv", Fault("an amount over 0", row=7, field="amount", found="-3"))
    assert str(error) == "payments.csv: row 7, field 'amount': expected an amount over 0, found -3"
    faults = [Fault("a date", row=n, field="booked_at") for n in (2, 3, 9)]
    many = BadInputError("payments.csv", faults, todo="Mend them and try again.")
    assert str(many) == "payments.csv: row 2, field 'booked_at': expected a date (and 2 more) Mend them and try again."
    assert [fault["row"] for fault in as_problem(many)["faults"]] == [2, 3, 9]


def test_every_error_of_the_house_has_a_code_and_a_status_of_its_own_making() -> None:
    def family(kind: type[MainstayError]) -> set[type[MainstayError]]:
        return {kind}.union(*(family(child) for child in kind.__subclasses__()))

    for kind in family(MainstayError):
        assert kind.code.replace("_", "").isalnum()
        assert 400 <= kind.status < 600
        assert str(kind.title)
        assert not str(kind.title).endswith(".")
