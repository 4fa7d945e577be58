"""The sequencer: everything gathered and signed, nobody held up, and a stop when checkpoints cannot be written."""

import asyncio
import base64
from collections import deque
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.adapters.memory.audit import MemoryAudit
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.app.sequencing import BATCH, HEADER, Pace, Sequencer, Trail
from cotransfer.domain.parties import Party
from cotransfer.domain.trails import statement
from cotransfer.domain.trees import leaf_hash, root_of
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.keys import KeyMissing, KeyUse
from cotransfer.testing.audit import decided
from cotransfer.verifier import PublicKey

AWAY = Unavailable(Party.US, "Away.", certain=True)
MINUTE = timedelta(minutes=1)


class Failing:
    """A signer and a trail that fail as often as they are told, and count how often a rival was quicker."""

    def __init__(self):
        self.audit = MemoryAudit()
        self.signer = KeySigner(HeldKeys.new(KeyUse.AUDIT))
        self.errors: deque[Exception] = deque()
        self.rival = None

    def __getattr__(self, name):
        return getattr(self.audit, name)

    async def sign(self, size, root):
        """Fail, or sign."""
        if self.errors:
            raise self.errors.popleft()
        return await self.signer.sign(size, root)

    async def gather(self, checkpoint, entries):
        """Let the rival be quicker, once."""
        rival, self.rival = self.rival, None
        if rival is not None:
            await rival.gather()
        return await self.audit.gather(checkpoint, entries)


class Scene:
    """A trail with a clock, and hands on both."""

    def __init__(self):
        self.world = Failing()
        self.clock = ManualClock()
        self.trail = Trail(audit=self.world, signer=self.world)
        self.sequencer = Sequencer(self.trail, self.clock)

    def note(self, many=1):
        """Something happens, now."""
        self.world.audit.write(decided(f"c-{nth}") for nth in range(many))


@pytest.fixture
def scene():
    """A new one."""
    return Scene()


async def test_a_checkpoint_is_over_everything_and_signed(scene):
    """Its root is of all entries in the order of their leaves, and its signature verifies with the public key alone."""
    scene.note(5)
    assert await scene.sequencer.gather() == 5
    checkpoint = scene.trail.shown.checkpoint
    assert checkpoint.root == root_of([leaf_hash(one.body) for one in await scene.world.gathered(0)])
    (key,) = scene.world.signer.public_keys().values()
    said = statement(checkpoint.size, checkpoint.root, checkpoint.signed.signer)
    assert PublicKey(key).agrees(said, checkpoint.signed.signature)


async def test_it_is_shown_as_a_header(scene):
    """Size, root, signer and signature, in a header that holds nothing else; none until there is a checkpoint."""
    assert scene.trail.shown.headers() == {}
    scene.note()
    await scene.sequencer.gather()
    size, root, signer, signature = scene.trail.shown.headers()[HEADER].split()
    assert (size, signer) == ("1", "1")
    assert (len(base64.b64decode(root)), len(base64.b64decode(signature))) == (32, 64)


async def test_nothing_waits_nothing_is_made(scene):
    """A quiet gateway signs nothing; a process that comes later shows the checkpoint that there is."""
    assert await scene.sequencer.gather() == 0
    scene.note()
    await scene.sequencer.gather()
    other = Trail(audit=scene.world, signer=scene.world)
    assert await Sequencer(other, scene.clock).gather() == 0
    assert other.shown.headers() == scene.trail.shown.headers()
    assert len(await scene.world.checkpoints(0)) == 1


async def test_much_is_gathered_in_bounded_batches(scene):
    """However much waits, one transaction takes no more than the limit, and one round takes all."""
    scene.note(2 * BATCH)
    assert await scene.sequencer.gather() == 2 * BATCH
    assert [one.size for one in await scene.world.checkpoints(0)] == [BATCH, 2 * BATCH]


async def test_who_loses_the_race_shows_the_winners_checkpoint(scene):
    """Two processes gather the same: the slower one takes over what the quicker has made, and is in order as well."""
    scene.note(3)
    scene.world.rival = Sequencer(Trail(audit=scene.world.audit, signer=scene.world), scene.clock)
    assert await scene.sequencer.gather() == 0
    assert scene.trail.shown.checkpoint == await scene.world.latest()
    assert scene.trail.shown.checkpoint.size == 3


class TestMayDisclose:
    """If checkpoints cannot be written for 15 minutes, nothing more is disclosed; X-Road would allow hours."""

    async def test_in_order(self, scene):
        """As long as rounds end well, with or without something to gather, data may leave."""
        for _ in range(4):
            assert scene.sequencer.may_disclose(scene.clock.now())
            scene.clock.move(10 * MINUTE)
            scene.note()
            await scene.sequencer.gather()

    @pytest.mark.parametrize("error", [AWAY, KeyMissing(KeyUse.AUDIT, "No key."), RuntimeError("broken")])
    async def test_a_signer_that_fails_stops_it_after_a_while(self, scene, error):
        """With entries waiting and no signature it goes on for 15 minutes, not longer; a signature brings it back."""
        scene.note()
        scene.world.errors += [error] * 2
        for minutes, may in ((0, True), (15, True)):
            scene.clock.move(minutes * MINUTE)
            with pytest.raises(type(error)):
                await scene.sequencer.gather()
            assert scene.sequencer.may_disclose(scene.clock.now()) is may
        scene.clock.move(timedelta(seconds=1))
        assert not scene.sequencer.may_disclose(scene.clock.now())
        await scene.sequencer.gather()
        assert scene.sequencer.may_disclose(scene.clock.now())

    async def test_a_new_process_knows_how_long_entries_have_waited(self, scene):
        """Starting again does not start the quarter of an hour again: the entries say since when they wait."""
        scene.note()
        scene.clock.move(365 * 24 * 60 * MINUTE)
        again = Sequencer(scene.trail, scene.clock)
        assert again.may_disclose(scene.clock.now())
        scene.world.errors.append(AWAY)
        with pytest.raises(Unavailable):
            await again.gather()
        assert not again.may_disclose(scene.clock.now())

    async def test_a_sequencer_that_does_not_run_stops_it(self, scene):
        """Nobody gathers: that is no better than nobody being able to."""
        scene.clock.move(15 * MINUTE + timedelta(microseconds=1))
        assert not scene.sequencer.may_disclose(scene.clock.now())

    async def test_the_time_is_a_setting(self, scene):
        """A deployment may stop sooner."""
        strict = Sequencer(scene.trail, scene.clock, Pace(stop_after=MINUTE))
        scene.clock.move(2 * MINUTE)
        assert not strict.may_disclose(scene.clock.now())


async def test_it_runs_on_whatever_goes_wrong(scene):
    """A store away is told, a defect is told by its place and without what was in hand; the next round comes."""
    scene.note()
    scene.world.errors += [AWAY, RuntimeError("530102199003071238")]
    with capture_logs() as logs:
        running = asyncio.create_task(scene.sequencer.run())
        while scene.trail.shown.checkpoint is None:
            await asyncio.sleep(0)
            scene.clock.move(timedelta(seconds=10))
        running.cancel()
        await asyncio.wait({running})
    assert [one["event"] for one in logs] == ["gathering_put_off", "gathering_failed"]
    assert "530102199003071238" not in str(logs)
    assert scene.trail.shown.checkpoint.size == 1
