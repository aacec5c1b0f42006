"""Places that an English sentence names: the capitalised words after a preposition or a facility, less the generic ones."""
# ruff: noqa: E501 (patterns and lists are data; breaking them would only hide them)

import re

_WORD = re.compile(r"[A-Za-z\u00c0-\u024f][\w.'’/&-]*[\w]|[A-Za-z]|[,;:()]|\.(?=\s|$)| - | – ")
_BEFORE_WORDS = """
    at in from to of near facility hub location servicepoint office center centre depot locker packstation airport
    station into via towards gateway ramp
"""
_BEFORE = frozenset(_BEFORE_WORDS.split())
_GENERIC_WORDS = """
    progress issues bad weather phone back side doorstep original family member operational
    a an the this your our their its dhl fedex ups usps dpd 4px sf evri gls tnt aramex ems inpost royal mail post
    office facility facilities hub sort sorting delivery deliver delivered origin destination regional local
    processing customs custom clearance servicepoint service point location center centre depot locker packstation
    airport station next partner carrier courier country port national international distribution unit inward
    outward exchange warehouse gateway sender shipper recipient receiver customer consignee addressee neighbour
    neighbor reception front desk door mailbox room letterbox porch safe place garage transit in at on of to from by
    for and or with is was has been item parcel package shipment arrived departed left processed scheduled tomorrow
    today payment duties taxes duty tax vat id invoice pickup pick up access parcelshop paketshop shop store agent
    authorized available individual home address area time sms email monday tuesday wednesday thursday friday
    saturday sunday january february march april may june july august september october november december am pm
    import export release released cleared held further information required possession expected signed no not we
    you they it out ready collection collected retail outlet branch counter line haul flight plane aircraft airline
    last mile third party final use please label created shipping awaiting dispatched tendered transferred handed
    over forwarded forwarding new day different return returned returning sender's shipper's delay delayed exception
    damaged lost weather business closed incorrect wrong reason due request requested note received sent picked
    attempt attempted guard acceptance accepted scan through usps's parcels postal network system security
    po box onsite inspection broker government agency authority authorities intended territory overseas domestic abroad bonded air
    sea road rail train truck van vehicle driver order orders status updated
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
_STATES_WORDS = """
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR
    PA RI SC SD TN TX UT VT VA WA WV WI WY DC UK US CN FR
"""
_STATES = frozenset(_STATES_WORDS.split())
_PARTS_OF_NAMES = frozenset({"HUB", "GATEWAY"})
_JOINING_WORDS = """
    of am de la le du sur upon el los las san di
"""
_JOINING = frozenset(_JOINING_WORDS.split())
_BEFORE_COUNTRY = re.compile(r"(?<![A-Z] )\b([A-Z]{3,}(?: [A-Z]{2,}){0,3}) - [A-Z][A-Z ,]+$")
# 42 Main St is somebody's address.
_NUMBERED = re.compile(r"\d $")
_TAIL = re.compile(
    r"(?P<head>.*)(?:,| -| –) ?(?P<name>[A-Z][A-Za-z.'-]+(?: [A-Z][A-Za-z.'-]+){0,3}?)(?:,? (?P<state>[A-Z]{2})(?: \d{5}(?:-\d{4})?| (?:[A-Z]+ )*CENTER)?)?$"
)
# CITY in capitals at the end of a sentence that is not, as in "Picked up SHANGHAI CN".
_SHOUTED = re.compile(r"[a-z] ([A-Z]{4,}(?: [A-Z]{4,}){0,2})(?:,? (?P<state>[A-Z]{2}))?$")


def find_english_places(text: str, *, travelling: bool = True) -> tuple[str, ...]:
    """Cities and hubs in order, without the country or state that follows a dash or a comma.

    `travelling` says that the sentence is about a move: in one ALL IN CAPITALS nothing else tells a city from a word.
    """
    shouting = text.isupper()
    if shouting and not travelling:
        return ()
    names: list[str] = []
    run: list[re.Match[str]] = []
    anchored = False
    previous = ""
    for word in _WORD.finditer(text):
        shown = word[0]
        low = shown.lower()
        proper = (
            shown[0].isupper()
            and not _NUMBERED.search(text, 0, word.start())
            and (low not in _GENERIC or _begins_a_name(text, word))
        )
        goes_on = proper or (not shouting and (low in _JOINING or shown in _PARTS_OF_NAMES))
        if (run and goes_on) or (proper and (anchored or previous in _BEFORE)):
            run.append(word)
        else:
            if low == "post" and not text.startswith(" Office", word.end()):
                run.clear()  # Canada Post is a carrier
            _close(text, run, names)
            anchored = (low in _BEFORE or (anchored and low in _GENERIC)) and low.isalpha()
        previous = low
    _close(text, run, names)
    if not names and not shouting:
        names += _tail(text, travelling=travelling)
    return tuple(names)


def _begins_a_name(text: str, word: "re.Match[str]") -> bool:
    """New York and Los Angeles begin with words that elsewhere name nothing."""
    return word[0].lower() == "new" and text[word.end() + 1 : word.end() + 2].isupper()


def _close(text: str, run: "list[re.Match[str]]", names: list[str]) -> None:
    while run and (run[-1][0].lower() in _JOINING or (len(run) > 1 and run[-1][0] in _STATES)):
        run.pop()
    if run and len(run[0][0]) > 1:
        names.append(text[run[0].start() : run[-1].end()])
    run.clear()


def _tail(text: str, *, travelling: bool) -> list[str]:
    before_country = _BEFORE_COUNTRY.search(text)
    if before_country:
        return [before_country[1]]
    found = _TAIL.match(text)
    if not found or found["name"] in _STATES or (found["state"] and found["state"] not in _STATES):
        shouted = _SHOUTED.search(text)
        told = shouted and (travelling or shouted["state"] in _STATES) and _is_proper(shouted[1])
        return [shouted[1]] if shouted and told else []
    # After words in lower case a capital begins a name; in a Headline Like This it need not.
    stands_out = travelling and found["head"].rpartition(" ")[2].islower()
    named = found["name"].isupper() or found["state"] or stands_out
    return [found["name"]] if named and len(found["name"]) > 3 and _is_proper(found["name"]) else []


def _is_proper(name: str) -> bool:
    words = name.split()
    return all(word.lower() not in _GENERIC for word in words) or (words[0].lower() == "new" and len(words) > 1)
