"""What is kept of a trial: all digits in its file, six in the table that is made to be read."""

from __future__ import annotations

from pathlib import Path

from inloop.training.experiments.experiment import Trial
from inloop.training.experiments.provenance import UNKNOWN
from inloop.training.experiments.store import Store
from inloop.training.experiments.stored import Finished


def test_the_table_is_rounded_and_the_trial_is_not(tmp_path: Path) -> None:
    store, trial = Store(tmp_path, "one"), Trial("one", {"sigma": 0.1, "samples": None})
    store.write(Finished(trial, [{"rate_hz": 123456.789, "spikes": 12345678}], 1.0, UNKNOWN))
    store.write_csv()
    assert (tmp_path / "one" / "results.csv").read_text() == "sigma,samples,rate_hz,spikes\n0.1,,123457,12345678\n"
    found = store.read(trial)
    assert found is not None
    assert found.rows == [{"rate_hz": 123456.789, "spikes": 12345678}]
