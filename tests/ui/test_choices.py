"""States carry their tone and icon, and stay ordinary TextChoices."""

import json
import pickle

import pytest
from django.utils.translation import gettext_lazy as _

from techdesk.jobs.choices import RunState
from techdesk.ui.choices import StateChoices, Tone, state_class


class Light(StateChoices):
    ON = "on", _("Shining"), Tone.GOOD, "outline/bulb"
    OFF = "off", _("Dark"), Tone.NEUTRAL, "outline/bulb-off"


def test_member_carries_word_tone_and_icon() -> None:
    assert (Light.ON.value, Light.ON.label, Light.ON.tone, Light.ON.icon) == (
        "on",
        "Shining",
        Tone.GOOD,
        "outline/bulb",
    )


def test_it_is_an_ordinary_text_choices() -> None:
    assert Light.choices == [("on", "Shining"), ("off", "Dark")]
    assert Light("on") is Light.ON
    assert Light.ON == "on"
    assert str(Light.ON) == "on"
    assert json.dumps(Light.ON) == '"on"'
    assert pickle.loads(pickle.dumps(RunState.DONE)) is RunState.DONE


def test_a_member_without_tone_is_refused() -> None:
    with pytest.raises(TypeError, match="BROKEN.DIM must be written"):

        class BROKEN(StateChoices):
            DIM = "dim", "Dim"  # type: ignore[misc]


def test_a_state_class_is_found_by_name() -> None:
    assert state_class("techdesk.jobs.RunState") is RunState
    with pytest.raises(TypeError):
        state_class("techdesk.jobs.Tone")  # imported there, but no states
    with pytest.raises(ImportError):
        state_class("techdesk.jobs.Nothing")
