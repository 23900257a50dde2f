"""Who posted: the names that come along with an answer, by the number of the account."""

from dataclasses import dataclass

from archiver.model.post import Actor, Found
from archiver.platforms.reading import Doc
from archiver.platforms.vk.answers import Answer


@dataclass(frozen=True, slots=True)
class People:
    """Accounts that answers tell the names of: persons under their number, communities under its negative."""

    known: dict[int, Doc]

    @classmethod
    def of(cls, *told: Doc) -> "People":
        """Return the accounts in `profiles` and `groups` of each place in `told`."""
        known: dict[int, Doc] = {}
        for doc in told:
            for sign, name in ((1, "profiles"), (-1, "groups")):
                for each in doc.at(name).items:
                    number = each.at("id").integer
                    if number is not None:
                        known.setdefault(sign * number.value, each)
        return cls(known)

    @classmethod
    def in_answers(cls, answers: tuple[Answer, ...]) -> "People":
        """Return the accounts that the answers of the API tell of, cards included."""
        told = [each.response for each in answers if each.of_api]
        people = cls.of(*told)
        for answer in answers:
            sign = {"api.user": 1, "api.group": -1}.get(answer.role, 0)
            for each in cards(answer) if sign else ():
                number = each.at("id").integer
                if number is not None:
                    people.known.setdefault(sign * number.value, each)
        return people

    def actor(self, who: Doc) -> Actor | None:
        """Return the account whose number stands at `who`, None where none does."""
        number = who.integer
        if number is None or number.value == 0:
            return None
        card = self.known.get(number.value)
        if card is None:
            return _bare(number, who)
        return described(card, number, who)

    def gone(self, who: Doc) -> str:
        """Return VK's word for an account that is no more ("deleted", "banned"), "" for one that is there."""
        number = who.integer
        card = self.known.get(number.value) if number is not None else None
        word = card.at("deactivated").words if card is not None else None
        return word.value if word else ""


def cards(answer: Answer) -> tuple[Doc, ...]:
    """Return the cards in the answer of groups.getById or users.get, in the shape of any version."""
    return answer.response.at("groups").items or answer.response.items


def described(card: Doc, number: Found[int], who: Doc) -> Actor:
    """Return the account that `card` tells of."""
    bare = _bare(number, who)
    verified = card.at("verified").boolean
    return Actor(bare.type, number, _screen_name(card), name_of(card), bare.url, verified)


def name_of(card: Doc) -> Found[str] | None:
    """Return the name of a person or community, None for none."""
    name = card.at("name").words
    if name is not None:
        return name
    words = [card.at(each).words or card.at(f"{each}_nom").words for each in ("first_name", "last_name")]
    told = " ".join(each.value for each in words if each is not None)
    return Found(told, card.exchange, card.pointer) if told else None


def page_of(owner: int) -> str:
    """Return the address of the page of a person or community."""
    return f"https://vk.com/id{owner}" if owner > 0 else f"https://vk.com/club{-owner}"


def _screen_name(card: Doc) -> Found[str] | None:
    return card.at("screen_name").words or card.at("domain").words


def _bare(number: Found[int], who: Doc) -> Actor:
    url = Found(page_of(number.value), who.exchange, who.pointer)
    return Actor("Person" if number.value > 0 else "Group", number, url=url)
