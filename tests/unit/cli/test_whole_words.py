"""No id is broken inside a word, and a channel has one name in tables and figures."""

from __future__ import annotations

import pytest

from rumorsim import catalog
from rumorsim.catalog.words import CHANNELS
from rumorsim.cli.output import table_lines
from rumorsim.plot.channels import GROUPS


@pytest.mark.fault("5.14")
def test_labels_break_between_words() -> None:
    from rumorsim.plot.sweep import label_lines

    for name in catalog.parameters():
        lines = label_lines(name, 18)
        assert "".join(lines) == name
        assert all(line[-1] in "._" for line in lines[:-1])


@pytest.mark.fault("5.16")
@pytest.mark.parametrize("columns", [60, 80])
def test_ids_stay_whole_in_tables(columns: int) -> None:
    ids = sorted(catalog.parameters())
    head = ["number", *(f">col {k}" for k in range(7))]
    lines = list(table_lines(head, [(one, *"1234567") for one in ids], columns_wide=columns, wrap="number"))
    assert [one for one in ids if not any(one in line.split() for line in lines)] == []
    assert [line for line in lines if len(line) > columns and line not in ids] == []


@pytest.mark.fault("5.18")
def test_a_channel_has_one_name() -> None:
    from rumorsim.catalog.words import CHANNEL_NAMES

    assert set(CHANNEL_NAMES) == set(CHANNELS)
    for name, (channels, _, _) in GROUPS.items():
        if len(channels) == 1:
            assert name == CHANNEL_NAMES[channels[0]]
        else:
            assert all(CHANNEL_NAMES[one] in name for one in channels)
