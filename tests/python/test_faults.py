"""Every fault has a test, and docs/RELIABILITY.md shows which."""

import fault_table


def test_every_fault_has_a_test_and_every_test_a_fault() -> None:
    told = [fault.name for _, faults in fault_table.groups() for fault in faults]
    assert told == [f"F{number:02}" for number in range(1, 68)]
    assert sorted(fault_table.tests()) == told


def test_the_table_is_up_to_date() -> None:
    document = fault_table.DOCUMENT.read_text(encoding="utf-8")
    assert document == fault_table.document(), "run tests/python/fault_table.py"
