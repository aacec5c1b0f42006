"""One story at every door at once, for those that mostly wait."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from broken import BreakableHouse
from street import Street, street

Story = Callable[[BreakableHouse, Street], Awaitable[None]]


async def at_every_door(houses: Iterable[BreakableHouse], story: Story) -> None:
    """Raises what broke the first; the other has ended by then."""

    async def tell(house: BreakableHouse) -> None:
        try:
            async with street(house) as it:
                await story(house, it)
        except Exception as error:
            error.add_note(f"at the {house.door} door")
            raise

    ends = await asyncio.gather(*map(tell, houses), return_exceptions=True)
    for broken in filter(None, ends):
        raise broken
