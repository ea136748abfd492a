import numpy as np
import pytest

from analysis.events.calibration import Calibration
from analysis.events.day import PostureState
from analysis.events.movement import Transition
from analysis.motion.angles import Motion, Row
from analysis.motion.day import DayParams, DayStage
from analysis.motion.history import History
from analysis.motion.origin import Origin
from analysis.motion.rising import SeatChange
from analysis.motion.seconds import Feature
from analysis.motion.spell import Spell
from analysis.motion.statement import Wearer

SEEN = SeatChange(3950, 4080, 1.0, 0.0, at_rest=False)
LATER = SeatChange(20_000, 20_130, 0.0, 1.0, at_rest=False)


@pytest.mark.parametrize("together", [True, False])
def test_a_rise_is_remembered_until_its_second_is_decided(
    origin: Origin, straight: Calibration, together: bool
) -> None:
    stage = DayStage(DayParams(), Wearer(origin, "dual", straight, lambda _: None), lambda _: None)
    history = History()
    history.push(Motion(0, np.zeros((len(Row), 24_000))))
    events = []
    notes = {0: [SEEN, LATER]} if together else {0: [SEEN], 30: [LATER]}
    for second in range(50):
        stage.note([*notes.get(second, [])])
        feature = Feature(second, 0.0, 0.0, 0.0, 0.0, 0)
        state: PostureState = "sitting" if second < 40 else "standing"
        events += stage.push(Spell(state, [1.0], [feature]), history)[0]
    (rise,) = [event for event in events if isinstance(event, Transition)]
    assert rise.quality == straight.quality
