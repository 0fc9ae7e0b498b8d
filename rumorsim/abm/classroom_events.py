"""What each kind of planned action does to the people of the classroom, one short function a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from rumorsim.core import (
    Action,
    Boldness,
    Briefing,
    Climate,
    Condition,
    FearOfNews,
    Fright,
    Hear,
    Interest,
    Meeting,
    Outbreak,
    Silence,
)
from rumorsim.model.actions import (
    ChilledMeeting,
    Election,
    Encouragement,
    HallSession,
    Known,
    LetterMeeting,
    Punishment,
)
from rumorsim.model.far_ties import LettersArrive, LettersPosted

if TYPE_CHECKING:
    from rumorsim.abm.classroom import ClassroomModel
    from rumorsim.abm.classroom_people import Person

__all__ = ["EFFECTS", "happened"]


def happened(model: ClassroomModel, when: Condition) -> bool:
    """Return whether what an action waits for has happened."""
    count = sum(
        (when.rumor is None or rumor == when.rumor)
        and (when.occasion is None or occasion == when.occasion)
        and (when.zones is None or person.zone in when.zones)
        and (detected or not when.detected)
        for _, rumor, person, occasion, detected in model.voicings
    )
    return count >= when.at_least


def _people(model: ClassroomModel, numbers: Any) -> Iterable[Person]:
    return (model.people[int(number)] for number in numbers)


def _known(model: ClassroomModel, action: Known) -> None:
    for person, prob in zip(model.people, action.prob.tolist(), strict=True):
        if model.happens(prob):
            person.hear(action.rumor, None, prob=float(model.happens(action.teller_share)))


def _briefing(model: ClassroomModel, action: Briefing) -> None:
    for person in _people(model, action.persons):
        if model.happens(action.prob):
            prob = person.tell_prob[action.rumor] * action.tell_factor
            person.hear(action.rumor, action.channel, prob=prob)


def _hear(model: ClassroomModel, action: Hear) -> None:
    for person in _people(model, action.persons):
        person.hear(action.rumor, action.channel, prob=None if action.tells is None else float(action.tells))


def _outbreak(model: ClassroomModel, action: Outbreak) -> None:
    people = list(_people(model, action.persons))
    for person in model.random.sample(people, min(action.count, len(people))):
        person.hear(action.rumor, action.channel, prob=1.0)


def _silence(model: ClassroomModel, action: Silence) -> None:
    for person in _people(model, action.persons):
        if action.lift:
            person.mute = False
        else:
            person.fall_silent()


def _fright(model: ClassroomModel, action: Fright) -> None:
    for person in _people(model, action.persons):
        if model.happens(action.prob):
            person.take_fright()


def _fear_of_news(model: ClassroomModel, action: FearOfNews) -> None:
    if None in action.prob:
        model.fear_of_news[action.rumor].clear()
    model.fear_of_news[action.rumor].update(action.prob)


def _interest(model: ClassroomModel, action: Interest) -> None:
    for person in _people(model, action.persons):
        person.interest[action.rumor] *= action.factor


def _zones(model: ClassroomModel, zones: tuple[int, ...] | None) -> set[int]:
    return {person.zone for person in model.people} if zones is None else set(zones)


def _climate(model: ClassroomModel, action: Climate) -> None:
    occasions = ("cell_meeting", "letter_meeting", "hall") if action.occasion is None else (action.occasion,)
    for occasion in occasions:
        for zone in _zones(model, action.zones):
            model.climate[occasion, zone] *= action.factor


def _boldness(model: ClassroomModel, action: Boldness) -> None:
    for zone in _zones(model, action.zones):
        model.bar[zone] = action.bar


def _meeting(model: ClassroomModel, action: Meeting) -> None:
    for number in action.groups.tolist():
        members = [person for person in model.cells[number].present if person.back_tick is None]
        there = [person for person in members if model.happens(action.attendance)]
        chill = action.chill_factor if isinstance(action, ChilledMeeting) else 1.0
        _meet(model, action, there, chill if any(person.afraid for person in there) else 1.0)
        if isinstance(action, LetterMeeting) and there and model.happens(action.planted_prob):
            asks = model.random.choice(there)
            for rumor in action.told:
                noticed = model.happens(model.detect_prob)
                model.voicings.append((model.tick, rumor, asks, action.occasion, noticed))


def _hall(model: ClassroomModel, action: HallSession) -> None:
    """Those who are not on a journey sit down, out of reach of everybody elsewhere; then they hear and speak up."""
    seats = model.delegates if action.persons is None else _people(model, action.persons)
    there = [person for person in seats if action.stays_away is None or not action.stays_away[person.number]]
    for person in there if action.back_tick else ():
        person.sit_down(action.back_tick)
    _meet(model, action, there)


def _meet(model: ClassroomModel, action: Meeting, there: list[Person], factor: float = 1.0) -> None:
    """Everybody hears what is told by order; then the willing speak up, and everybody hears them and takes heart."""
    voicers: dict[Person, None] = {}
    for rumor, prob in action.told.items():
        for person in there:
            if model.happens(prob):
                person.hear(rumor, action.channel)
    for rumor, prob in action.voiced.items():
        speakers = [
            person
            for person in there
            if person.knew_before(rumor)
            and person.would_voice()
            and model.happens(factor * prob * model.climate[action.occasion, person.zone])
        ]
        for person in speakers:
            voicers[person] = None
            noticed = model.happens(model.detect_prob)
            model.voicings.append((model.tick, rumor, person, action.occasion, noticed))
        for person in there if speakers else ():
            if rumor not in person.heard and model.happens(action.hearing_prob):
                person.hear(rumor, action.channel, model.random.choice(speakers))
    for person in there if voicers else ():
        model.encouraged.append((person, len(voicers) - (person in voicers)))
        if action.precedent is None or action.precedent in person.heard:
            continue
        if person in voicers:
            person.hear(action.precedent, action.channel)
        elif model.happens(action.hearing_prob):
            person.hear(action.precedent, action.channel, model.random.choice(list(voicers)))


def _encouragement(model: ClassroomModel, action: Encouragement) -> None:
    people = model.delegates if action.persons is None else _people(model, action.persons)
    model.encouraged += [(person, action.amount) for person in people]


def _election(model: ClassroomModel, action: Election) -> None:
    """Draw the delegates of each cell one after the other; the aware and bold have higher odds."""

    def is_favored(one: Person) -> bool:
        bold = one.would_voice() if model.learning.gain else one.boldness >= action.bar
        return bold and any(rumor in one.heard for rumor in action.rumors)

    cells: dict[int, list[Person]] = {}
    for person, cell in zip(_people(model, action.persons), action.cell.tolist(), strict=True):
        cells.setdefault(cell, []).append(person)
    for seats, cell in zip(action.seats.tolist(), sorted(cells), strict=True):
        candidates = cells[cell]
        for _ in range(seats):
            chosen = model.drawn(candidates, [action.odds if is_favored(one) else 1.0 for one in candidates])
            candidates.remove(chosen)
            model.delegates.append(chosen)


def _punishment(model: ClassroomModel, action: Punishment) -> None:
    times: dict[Person, int] = {}
    for _, _, person, _, noticed in model.voicings:
        if noticed and person not in model.punished:
            times[person] = times.get(person, 0) + 1
    order = sorted(times, key=lambda person: (-times[person], model.random.random()))
    chosen = order[: action.count]
    if action.others:
        rest = [one for one in model.delegates if one not in model.punished and one not in chosen]
        model.random.shuffle(rest)
        chosen += rest[: action.count - len(chosen)]
    model.punished += chosen
    for person in chosen:
        person.fall_silent()
    for layer, prob in action.fright.items():
        groups = {group: None for person in chosen for group in model.layers[layer] if group in person.groups}
        for person in dict.fromkeys(fellow for group in groups for fellow in group.present):
            if model.happens(prob):
                person.take_fright()


def _letters_posted(model: ClassroomModel, action: LettersPosted) -> None:
    """Put into the mail what the writers tell at this moment."""
    for writer, reader, tick in zip(
        _people(model, action.writer), _people(model, action.reader), action.arrives.tolist(), strict=True
    ):
        # Nobody writes while sitting in the hall.
        for rumor in writer.telling if writer.back_tick is None else ():
            if model.happens(action.mention_prob):
                model.mail[tick].append((rumor, reader, writer))


def _letters_arrive(model: ClassroomModel, action: LettersArrive) -> None:
    for rumor, reader, writer in model.mail.pop(action.tick, []):
        if reader.back_tick is None:
            reader.hear(rumor, "post", writer)
        else:  # it waits at home
            model.mail[action.tick + 1].append((rumor, reader, writer))


#: Kind of action -> what it does.
EFFECTS: Final[dict[type[Action], Callable[[ClassroomModel, Any], None]]] = {
    Known: _known,
    Briefing: _briefing,
    Hear: _hear,
    Outbreak: _outbreak,
    Silence: _silence,
    Fright: _fright,
    FearOfNews: _fear_of_news,
    Interest: _interest,
    Climate: _climate,
    Boldness: _boldness,
    Encouragement: _encouragement,
    Meeting: _meeting,
    ChilledMeeting: _meeting,
    LetterMeeting: _meeting,
    HallSession: _hall,
    Election: _election,
    Punishment: _punishment,
    LettersPosted: _letters_posted,
    LettersArrive: _letters_arrive,
}
