"""How large each experiment is: in `make test`, in `make faults`, and in `make faults FULL=1`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Numbers of photos unless the name says otherwise."""

    name: str
    kill_photos: int
    kill_every_s: float
    kill_least: int
    flush_queued: int
    flush_times: int
    deaf_photos: int
    deaf_pause_s: float
    boundary_every: int
    boundary_batches: tuple[int, ...]
    zombies: int
    same_key_keys: int
    same_key_posts: int
    answer_kills: int
    poison_kinds: tuple[str, ...]  # none named: all
    poison_attempts: int
    histories: int
    history_steps: int
    soak_photos: int
    database_down_s: float
    store_down_s: float
    store_queued: int
    leader_kills: int
    campaign_cases: int
    campaign_live: int
    campaign_pause_s: float


SUBSET = Size(
    name="subset",
    kill_photos=20,
    kill_every_s=2,
    kill_least=4,
    flush_queued=12,
    flush_times=1,
    deaf_photos=12,
    deaf_pause_s=0.1,
    boundary_every=6,
    boundary_batches=(1,),
    zombies=3,
    same_key_keys=2,
    same_key_posts=40,
    answer_kills=2,
    poison_kinds=("kills_its_worker",),
    poison_attempts=3,
    histories=15,
    history_steps=30,
    soak_photos=12,
    database_down_s=3,
    store_down_s=3,
    store_queued=12,
    leader_kills=1,
    campaign_cases=24,
    campaign_live=8,
    campaign_pause_s=0.1,
)

USUAL = Size(
    name="usual",
    kill_photos=150,
    kill_every_s=2,
    kill_least=25,
    flush_queued=50,
    flush_times=3,
    deaf_photos=100,
    deaf_pause_s=0.1,
    boundary_every=1,
    boundary_batches=(1,),
    zombies=20,
    same_key_keys=10,
    same_key_posts=100,
    answer_kills=6,
    poison_kinds=(),
    poison_attempts=5,
    histories=500,
    history_steps=30,
    soak_photos=300,
    database_down_s=10,
    store_down_s=20,
    store_queued=150,
    leader_kills=3,
    campaign_cases=400,
    campaign_live=100,
    campaign_pause_s=0.1,
)

FULL = Size(
    name="full",
    kill_photos=10_000,
    kill_every_s=2,
    kill_least=300,
    flush_queued=1000,
    flush_times=3,
    deaf_photos=500,
    deaf_pause_s=0.6,
    boundary_every=1,
    boundary_batches=(1, 4),
    zombies=100,
    same_key_keys=200,
    same_key_posts=100,
    answer_kills=50,
    poison_kinds=(),
    poison_attempts=5,
    histories=10_000,
    history_steps=50,
    soak_photos=100_000,
    database_down_s=30,
    store_down_s=120,
    store_queued=500,
    leader_kills=10,
    campaign_cases=10000,
    campaign_live=1000,
    campaign_pause_s=0.05,
)
