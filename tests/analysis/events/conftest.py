"""One literal example of each event, as the contract writes it (DESIGN.md section 8)."""

import json
from typing import Any

import pytest

_COMMON = """
    "patient": "p-01", "device": "LM-0001",
    "start": "2026-03-01T09:00:00.120Z", "end": "2026-03-01T09:00:04.000Z",
    "mode": "dual", "algorithm": "lumbar-core/0.1.0", "quality": 0.93
"""
_DERIVED = f'{_COMMON}, "boot": 3, "first_sample": 12345, "last_sample": 12733, "revision": 0'
_ZEROS_30 = json.dumps([0.0] * 30)
_ZEROS_10 = json.dumps([0.0] * 10)

_EXAMPLES = (
    f"""{{"schema": "lumbar.lift/1", "event_id": "48cdd1e2-0366-588e-8755-e48b426d5e76", {_DERIVED},
    "strategy": "hip_hinge", "borderline": false, "confidence": 0.85, "not_scored_reason": null,
    "legs": "straight", "peak": "2026-03-01T09:00:02.100Z", "trunk_peak_deg": 62.1,
    "pelvis_peak_deg": 45.0, "lumbar_peak_deg": 18.4, "trunk_at_peak_deg": 62.1,
    "pelvis_at_peak_deg": 44.6, "lumbar_at_peak_deg": 17.5,
    "lumbar_share": 0.282, "lumbar_range_pct": 34.3, "coupling": {{
        "descent": {{"lumbar": 0.1, "in_phase": 0.3, "pelvic": 0.6}},
        "ascent": {{"lumbar": null, "in_phase": null, "pelvic": null}}}},
    "descent_s": 1.98, "ascent_s": 1.9, "duration_s": 3.88, "peak_velocity_dps": 78.5,
    "side_bend_peak_deg": -3.2, "twist_velocity_peak_dps": 12.0, "pelvis_drop_m": 0.031,
    "smoothness_sparc": -1.612, "context": "chores",
    "curve": {{"dt_s": 0.05, "pelvis_deg": [0.1, 0.4], "trunk_deg": [10.0, 11.2]}}}}""",
    f"""{{"schema": "lumbar.posture/1", "event_id": "e1", {_DERIVED},
    "state": "sitting", "confidence": 0.9}}""",
    f"""{{"schema": "lumbar.sitting/1", "event_id": "e2", {_DERIVED},
    "duration_s": 2712.5, "postural_shifts": 4, "slumped_s": 310.0, "ended_by": "walk"}}""",
    f"""{{"schema": "lumbar.transition/1", "event_id": "e3", {_DERIVED},
    "kind": "sit_to_stand", "duration_s": 1.73, "trunk_peak_deg": null, "smoothness_sparc": null}}""",
    f"""{{"schema": "lumbar.walk/1", "event_id": "e4", {_DERIVED},
    "steps": 42, "cadence_spm": 112.4, "duration_s": 22.4}}""",
    f"""{{"schema": "lumbar.snack/1", "event_id": "e12", {_DERIVED},
    "duration_s": 66.5, "parts": [
        {{"kind": "march", "after_s": 0.0, "duration_s": 20.0, "repetitions": 34}},
        {{"kind": "back_bend", "after_s": 22.0, "duration_s": 20.5, "repetitions": 5}},
        {{"kind": "hinge", "after_s": 45.0, "duration_s": 21.5, "repetitions": 4}}]}}""",
    f"""{{"schema": "lumbar.practice/1", "event_id": "e13", {_DERIVED},
    "duration_s": 61.5, "target": 10, "ended_by": "patient", "repetitions": [
        {{"after_s": 4.2, "duration_s": 3.4, "strategy": "hip_hinge", "borderline": false,
          "lumbar_share": 0.171, "lumbar_range_pct": 21.4, "trunk_peak_deg": 58.1, "smoothness_sparc": -2.1}},
        {{"after_s": 10.9, "duration_s": 3.9, "strategy": "not_scored", "borderline": false,
          "lumbar_share": null, "lumbar_range_pct": null, "trunk_peak_deg": null,
          "smoothness_sparc": null}}]}}""",
    f"""{{"schema": "lumbar.minute/1", "event_id": "e5", {_DERIVED},
    "lying_s": 0.0, "sitting_s": 20.0, "standing_s": 30.5, "walking_s": 9.5, "not_worn_s": 0.0, "steps": 18,
    "lifts": 2, "tilt_hist_s": {_ZEROS_30}, "velocity_hist_s": {_ZEROS_10}, "lumbar_over_half_s": 4.2,
    "standing_extension_s": 0.0, "back_bends": 0, "slumped_s": 0.0}}""",
    f"""{{"schema": "lumbar.calibration/1", "event_id": "e6", {_COMMON},
    "mounting_upper_quat": [1.0, 0.0, 0.0, 0.0],
    "mounting_lower_quat": [0.9238795325, 0.0, 0.3826834324, 0.0],
    "neutral": {{"upper": [0.0, 0.0, 1.0], "lower": null}}, "lumbar_range_deg": 51.2, "sit_deg": -18.0,
    "slump_deg": null, "template": {{"pelvis_deg": [0.0, 40.0], "trunk_deg": [0.0, 55.0]}},
    "gates": {{"hip_share": 0.38, "hip_range_pct": 50.0}}, "valid_from": "2026-03-01T09:01:30.000Z",
    "accepted": true, "reasons": []}}""",
    f"""{{"schema": "lumbar.replace/1", "event_id": "e20", {_DERIVED},
    "kinds": ["lift", "minute"], "event_ids": ["48cdd1e2-0366-588e-8755-e48b426d5e76", "e5"]}}""",
    f"""{{"schema": "lumbar.correction/1", "event_id": "e21", {_COMMON},
    "state": "standing", "entered": "2026-03-01T09:20:00.000Z"}}""",
    f"""{{"schema": "lumbar.alert/1", "event_id": "e7", {_COMMON},
    "kind": "prolonged_sitting", "level": "nudge", "action": "raised"}}""",
    f"""{{"schema": "lumbar.mark/1", "event_id": "e8", {_COMMON}}}""",
    f"""{{"schema": "lumbar.log/1", "event_id": "0b8c6d0e-7d3c-4a53-9d0e-0f6f0c1d2e3f", {_COMMON},
    "pain_now": 3, "pain_worst": 6, "pain_least": null, "morning_stiffness_min": 20,
    "comfortable_sitting_min": 40, "walking_min": null,
    "confidence": [{{"task": "lifting my grandchild", "confidence": 4}}],
    "note": "The stairs went easily."}}""",
    f"""{{"schema": "lumbar.safety/1", "event_id": "e11", {_COMMON},
    "action": "raised", "red_flags": ["numbness", "fever"]}}""",
    f"""{{"schema": "lumbar.status/1", "event_id": "e9", {_COMMON}, "presence": "online", "battery_pct": 87,
    "worn": null, "link_state": "streaming", "backlog": 0,
    "versions": {{"gateway": "0.1.0", "algorithm": "lumbar-core/0.1.0"}}}}""",
    f"""{{"schema": "lumbar.command/1", "event_id": "e10", {_COMMON},
    "command_id": "c1", "result": "refused", "reason": "not in this version"}}""",
)


@pytest.fixture(scope="session")
def examples() -> dict[str, dict[str, Any]]:
    """Return the examples by schema."""
    decoded = [json.loads(text) for text in _EXAMPLES]
    return {example["schema"]: example for example in decoded}
