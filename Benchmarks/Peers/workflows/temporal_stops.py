"""Temporal's workflow and activity: what a worker imports by name."""
from datetime import timedelta

from temporalio import activity, workflow

note = None


@activity.defn
async def step(place: int, number: int) -> None:
    note(place, number)


@workflow.defn
class Run:
    @workflow.run
    async def run(self, place: int, steps: int) -> None:
        for number in range(steps):
            await workflow.execute_activity(step, args=[place, number], start_to_close_timeout=timedelta(seconds=60))
