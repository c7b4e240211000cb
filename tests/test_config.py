"""Settings are checked, a wrong one is named, and all of them survive JSON."""

import json

import pytest

from recommender import Config
from recommender.errors import ConfigError


def test_settings_left_out_keep_their_defaults():
    config = Config.of({"vectors": {"idf_power": 1.5}})
    assert config.vectors.idf_power == 1.5
    assert config.vectors.title_weight == Config().vectors.title_weight
    assert Config.of({}) == Config()


def test_a_config_survives_json():
    config = Config.of({"neighbours": 7, "nearness": {"power": 0.12}})
    assert Config.of(json.loads(json.dumps(config.model_dump(mode="json")))) == config


def test_a_power_of_nearness_that_is_to_be_learned_survives_json():
    assert Config().nearness.power is None
    text = json.dumps(Config().model_dump(mode="json"))
    assert Config.of(json.loads(text)).nearness.power is None


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"colour": "red"}, "colour"),
        ({"vectors": {"idf": 1.5}}, "vectors.idf"),
        ({"vectors": {"title_weight": "much"}}, "vectors.title_weight"),
        ({"vectors": {"stop_words": "klingon"}}, "vectors.stop_words"),
        ({"vectors": {"stop_words": "../english"}}, "vectors.stop_words"),
        ({"vectors": {"language": "klingon"}}, "vectors.language"),
        ({"vectors": {"language": "../en"}}, "vectors.language"),
        ({"nearness": {"power": -0.1}}, "nearness.power"),
        ({"nearness": {"power": float("nan")}}, "nearness.power"),
        ({"nearness": {"power": float("inf")}}, "nearness.power"),
        ({"nearness": {"power": "much"}}, "nearness.power"),
        ({"nearness": {"shares": [0.1], "scales": [7]}}, "nearness.shares"),
        ({"nearness": 0.1}, "nearness"),
        ({"neighbours": 0}, "neighbours"),
        ({"neighbours": 1001}, "neighbours"),
        ([], "settings"),
        (None, "settings"),
    ],
    ids=str,
)
def test_the_first_wrong_setting_is_named_in_one_line(settings, name):
    with pytest.raises(ConfigError) as caught:
        Config.of(settings)
    assert f"setting '{name}'" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.toml", "neighbours = 7\n[vectors]\nidf_power = 1.5\n"),
        ("config.json", '{"neighbours": 7, "vectors": {"idf_power": 1.5}}'),
    ],
)
def test_a_file_of_settings_is_toml_or_json(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    config = Config.read(path)
    assert (config.neighbours, config.vectors.idf_power) == (7, 1.5)
    assert Config.read(str(path)) == config


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.toml", b"neighbours = "),
        ("config.toml", b"neighbours = 0"),
        ("config.json", b"{"),
        ("config.json", b"[1]"),
        ("config.toml", b"\xff\xfe"),
    ],
)
def test_a_file_with_a_mistake_is_named(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=name):
        Config.read(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml"):
        Config.read(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=tmp_path.name):
        Config.read(tmp_path)
