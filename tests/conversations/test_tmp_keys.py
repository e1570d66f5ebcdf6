from tests.conversations.test_conversations import TRANSCRIPTS, Act, Collect, stage
from tests.conversations.test_conversations import _read
import pytest
ALL={}
@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda p: p.stem)
def test_k(path, settings, model, definitions, home):
    tr=_read(path)
    with stage(settings,(model,definitions),home,f"sqlite:///{home}/x.db",tr) as told:
        for step in tr["steps"]:
            try: told.play(step)
            except AssertionError as e: print(path.stem, step, str(e)[:80])
        ALL[path.stem]=told.keys
def test_z(definitions):
    heard={k for v in ALL.values() for k in v}
    for flow in definitions.flows.values():
        words = {step.action for step in flow.steps.values() if isinstance(step, Act) and step.action[:6] == "utter_"}
        words |= {step.utter for step in flow.steps.values() if isinstance(step, Collect)}
        if words and not words & heard: print("SILENT", flow.id, words)
