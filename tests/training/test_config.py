"""Presets, changed fields, and configurations that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.behavioral.bss2.spec import chip_spec
from inloop.cli.options import parse_change
from inloop.errors import ConfigError
from inloop.training.config import (
    TrainingConfig,
    changed,
    design_of,
    load_config,
    parse_config,
    preset_names,
)
from inloop.training.encodings.latency import LatencyEncoding
from inloop.training.registries import LOSSES


def test_presets_are_found_and_valid() -> None:
    assert {"yin-yang", "mnist"} <= set(preset_names())
    for name in preset_names():
        config = load_config(name)
        assert config.name == name
        assert config.training.epochs >= 1


@pytest.mark.parametrize("name", preset_names())
def test_round_trip_through_json(name: str) -> None:
    config = load_config(name, {"die": 2**62 + 1, "chip.fields": {"tau_mem_s": 1.1e-5, "columns": 300}})
    again = parse_config(json.loads(json.dumps(config.model_dump(mode="json"))))
    assert again == config
    assert type(again.chip.fields["columns"]) is int
    assert type(again.chip.fields["tau_mem_s"]) is float


def test_own_file(tmp_path: Path) -> None:
    text = """
    dataset = "yin-yang"
    duration_s = 20e-6
    [encoding]
    kind = "spike-time"
    [network]
    hidden = [3]
    [training]
    epochs = 7
    """
    (tmp_path / "μ-run.toml").write_text(text + "# θ\n", encoding="utf-8")
    config = load_config(str(tmp_path / "μ-run.toml"), {"training.batch": 9})
    assert (config.name, config.training.epochs, config.training.batch) == ("μ-run", 7, 9)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"dataset = ", "no valid TOML"),
        (b"\xff\xfe", "cannot read configuration"),
        (b"", "Field required"),
        (b"encoding = 3", "encoding"),
    ],
)
def test_bad_file(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(str(tmp_path / "bad.toml"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["imagenet", "", "../presets/mnist", "missing.toml"])
def test_unknown_preset(name: str) -> None:
    with pytest.raises(ConfigError, match=r"unknown preset|cannot read configuration"):
        load_config(name)


BAD = [
    ("training.epoch", 5, "unknown field 'training.epoch'"),
    ("nope", 5, "unknown field 'nope'"),
    ("nope.deeper", 5, "unknown field"),
    ("die.deeper", 5, "die"),
    ("network.hidden.0", 5, "unknown field 'network.hidden.0'"),
    ("training.epochs", 0, "training.epochs"),
    ("training.epochs", 1.5, "training.epochs"),
    ("training.batch", 0, "training.batch"),
    ("training.samples", 0, "training.samples"),
    ("network.hidden", [0], "network.hidden.0"),
    ("network.hidden", [], "network.hidden"),
    ("network.hidden", 16, "network.hidden"),
    ("die", -1, "die"),
    ("die", 1.5, "die"),
    ("die", "x", "die"),
    ("seed", 2**63, "seed"),
    ("seed", True, "seed"),
    ("duration_s", 0, "duration_s"),
    ("duration_s", -1e-6, "duration_s"),
    ("device", "tpu", "device"),
    ("dataset", "imagenet", "dataset"),
    ("training.loss", "mse", "training.loss"),
    ("training.schedule", "warm", "training.schedule"),
    ("training.keep", "all", "training.keep"),
    ("training.dropout", 1, "training.dropout"),
    ("encoding.kind", "rate", "encoding"),
    ("training", 5, "training"),
]
NUMBERS = [
    "duration_s", "encoding.t_early_s", "encoding.t_late_s", "network.initial_scale", "training.learning_rate",
    "training.logit_scale", "training.slope", "training.dropout", "training.rotation_deg",
    "training.readout_amplitude", "training.burst", "training.homeostatic", "training.homeostatic_target",
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "message"),
    BAD + [(field, float(value), field.split(".")[-1]) for field in NUMBERS for value in ("nan", "inf", "-inf", "-1")],
)
def test_values_that_cannot_be(field: str, value: Any, message: str) -> None:
    config = load_config("yin-yang")
    for attempt in (lambda: load_config("yin-yang", {field: value}), lambda: changed(config, {field: value})):
        with pytest.raises(ConfigError, match=message) as caught:
            attempt()
        assert "\n" not in str(caught.value)


def test_changes_of_a_loaded_configuration() -> None:
    config = load_config("yin-yang", {"chip.fields.columns": 200})
    other = changed(config, {"training.epochs": 3, "chip.fields.tau_mem_s": 1e-5, "die": 4})
    assert (other.training.epochs, other.die) == (3, 4)
    assert other.chip.fields == {**config.chip.fields, "tau_mem_s": 1e-5}
    assert (config.chip.fields["columns"], config.chip.fields.get("tau_mem_s")) == (200, None)


def test_another_chip_brings_its_own_fields() -> None:
    config = load_config("yin-yang", {"chip.fields": {"columns": 200}})
    assert changed(config, {"chip.preset": "tiny"}).chip.fields == {}
    both = changed(config, {"chip.fields.rows": 8, "chip.preset": "tiny"})
    assert both.chip.fields == {"rows": 8}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("training.epochs=5", ("training.epochs", 5)),
        (" die = 7 ", ("die", 7)),
        ("network.hidden=[3, 4]", ("network.hidden", [3, 4])),
        ("network.recurrent=true", ("network.recurrent", True)),
        ("duration_s=2e-5", ("duration_s", 2e-5)),
        ("chip.noise=off", ("chip.noise", "off")),
        ('chip.noise="off"', ("chip.noise", "off")),
        ("name=a=b", ("name", "a=b")),
    ],
)
def test_change(text: str, expected: tuple[str, Any]) -> None:
    assert parse_change(text) == expected


@pytest.mark.parametrize("text", ["epochs", "=5", " =5", ""])
def test_change_without_field_or_value(text: str) -> None:
    with pytest.raises(ConfigError, match="must read FIELD=VALUE"):
        parse_change(text)


@given(st.text())
def test_any_text_is_a_change_or_refused(text: str) -> None:
    try:
        field, _ = parse_change(text)
    except ConfigError:
        return
    assert field


def test_a_number_too_long_for_python_is_text() -> None:
    assert parse_change("die=" + "9" * 5000)[1] == "9" * 5000


REQUIRED = """
dataset = "{0}"
[encoding]
kind = "{1}"
[network]
hidden = {2}
[training]
epochs = {3}
"""


@pytest.mark.parametrize("name", ["yin-yang", "mnist", "fashion-mnist", "shd", "fsdd"])
def test_what_a_file_leaves_out_is_taken_from_the_preset_of_its_data(name: str, tmp_path: Path) -> None:
    preset = load_config(name)
    required = (name, preset.encoding.kind, preset.network.hidden, preset.training.epochs)
    for text in (REQUIRED.format(*required), f'dataset = "{name}"'):
        (tmp_path / "own.toml").write_text(text)
        assert load_config(str(tmp_path / "own.toml")) == preset.model_copy(update={"name": "own"})


def test_what_a_file_says_stands(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(REQUIRED.format("mnist", "latency", [9, 8], 3) + "burst = 0.5\ndropout = 0.0\n")
    config, preset = load_config(str(tmp_path / "own.toml"), {"encoding.theta": 0.3}), load_config("mnist")
    assert (config.network.hidden, config.training.epochs, config.training.burst) == ([9, 8], 3, 0.5)
    assert (config.encoding.theta, config.encoding.tau_s) == (0.3, preset.encoding.tau_s)
    assert (config.training.dropout, config.training.rotation_deg) == (0.0, preset.training.rotation_deg)


def test_what_a_preset_says_of_another_thing_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('dataset = "yin-yang"\n[chip]\npreset = "tiny"\n[encoding]\nkind = "latency"\n')
    config = load_config(str(path))
    assert (config.chip.fields, config.encoding) == ({}, LatencyEncoding())
    path.write_text('dataset = "fsdd"\n[training]\nloss = "max-from-rest"\n')
    assert load_config(str(path)).training.logit_scale == 3.0
    assert load_config("mnist-plain").training.dropout == 0, "a preset is complete by itself"


def test_the_scale_before_the_softmax_belongs_to_the_loss() -> None:
    scales = {loss: TrainingConfig(epochs=1, loss=loss).logit_scale for loss in LOSSES.built_in}
    assert scales == {"max-over-time": 3, "max-from-rest": 3, "sum-over-time": 100, "sum-from-rest": 100}
    assert TrainingConfig(epochs=1, loss="sum-over-time", logit_scale=7.0).logit_scale == 7


def test_fields_of_the_chip_follow() -> None:
    short = design_of(load_config("mnist", {"chip.fields.weight_bits": 4, "chip.fields.clock_hz": 25e6}).chip)
    assert short.weight_max / short.weight_lsb_per_unit == pytest.approx(2.1)
    assert short.cadc_period_s == pytest.approx(1.6e-6)
    given = {"chip.fields.weight_bits": 4, "chip.fields.weight_lsb_per_unit": 30.0}
    assert design_of(load_config("mnist", given).chip).weight_lsb_per_unit == 30


def test_fields_of_the_chip_follow_although_a_run_records_them_all() -> None:
    whole = {name: value for name, value in chip_spec("bss2").to_dict().items() if name != "name"}
    run = load_config("mnist", {"chip.fields": whole})
    shorter = changed(run, {"chip.fields.weight_bits": 4, "chip.fields.clock_hz": 25e6})
    assert design_of(shorter.chip) == chip_spec("bss2").with_fields(weight_bits=4, clock_hz=25e6)
    given = changed(run, {"chip.fields.weight_bits": 4, "chip.fields.weight_lsb_per_unit": 30.0})
    assert design_of(given.chip).weight_lsb_per_unit == 30
    assert design_of(changed(run, {"chip.fields.rows": 128}).chip) == chip_spec("bss2").with_fields(rows=128)
