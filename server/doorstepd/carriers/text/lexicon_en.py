"""How English trace sentences say what happened. The same form as `lexicon_zh`; patterns see lower-case text."""
# ruff: noqa: E501 (patterns and lists are data; breaking them would only hide them)

from doorstepd.carriers.text import en_decisive, en_ordinary

WORDS = {
    "recipient": "recipient|receiver|customer|consignee|addressee|resident|individual",
    "sender": "shipper|sender|merchant|seller|consignor|retailer",
    "carrier": "dhl|fedex|ups|usps|dpd|4px|evri|hermes|gls|tnt|aramex|yodel|inpost|sf express|royal mail|carrier|courier",
}

REASONS = {
    "wrong_phone": (
        r"(?:wrong|incorrect|invalid|bad|missing|no valid)[^.;]{0,16}(?:phone|telephone|mobile|contact number)|"
        r"(?:phone|telephone|mobile|contact) ?(?:number)?[^.;]{0,16}(?:wrong|incorrect|invalid|not valid|missing|does not exist|disconnected|not in service)"
    ),
    "unreachable": (
        r"(?:unable|not able|could not|couldn't|cannot|can't|failed|unsuccessful)[^.;,]{0,12}(?:contact|reach|get hold|get in touch)|no (?:answer|response|reply)(?! at)|"
        r"(?:does|did|do)(?: not|n't) (?:answer|respond|pick up|reply)|unreachable|not reachable|not answering|uncontactable|not be (?:contacted|reached)|not contactable"
    ),
    "out_of_area": (
        r"out(?:side)?(?: of)?[^.;]{0,12}(?:delivery |service |our )(?:delivery )?(?:area|range|zone|territory|region)|remote area|not (?:in|within)[^.;]{0,14}area|"
        r"out of (?:delivery |service )?(?:area|range|zone)|beyond[^.;]{0,12}(?:area|range)|not serviced|unserviceable|no service in"
    ),
    "address_issue": (
        r"(?:incorrect|wrong|incomplete|insufficient|bad|invalid|unknown|missing|inaccurate|illegible|unclear)[^.;]{0,20}(?:address|street|house|apartment|apt|unit|suite|postcode|post code|postal code|zip)|"
        r"(?:address|street number|street name|house number|postcode|postal code|zip code|apartment|suite|unit number)[^.;]{0,28}"
        r"(?:incorrect|wrong|incomplete|insufficient|needed|required|missing|not found|invalid|unknown|cannot|could not|unclear|does not exist|not exist|problem|issue|error|verify|corrected|query)|"
        r"undeliverable as addressed|no such (?:number|address|street|person)|^vacant\b|(?:<recipient>|business|company)[^.;,]{0,12}(?:moved|relocated|unknown)|addressee unknown|not known at|"
        r"moved,? (?:left|no forward)|insufficient address|unable to locate (?:the )?(?:address|house|delivery)|could(?: not|n't) (?:find|locate) (?:the |your )?(?:address|house|property)"
    ),
    "business_closed": (
        r"(?:business|office|company|shop|store|premises|firm|school|receiver|recipient|location)[^.;]{0,20}(?:closed|on holiday|shut)|closed on arrival|\bclosed\b|on holiday|"
        r"public holiday|holiday closure"
    ),
    "recipient_absent": (
        r"(?:no ?-?one|nobody|not|wasn't|weren't|isn't|un)[^.;,]{0,14}(?:home|available|at home|present|\bin\b)|no (?:authorized |secure |authorised )?(?:recipient|person|receiver)|"
        r"absent|no (?:answer|response|reply) at|unavailable|you (?:were|weren't) out|\bnot in\b|(?:<recipient>) (?:was )?out\b"
    ),
}


ASIDES = (
    r"(?:direct )?signature service not requested|signature (?:is )?(?:not )?required|no signature required",
    r"please (?:allow|wait|check|visit|note|keep|be|make sure|have|track)[^.;!]*",
    r"thank you[^.;!]*|thanks[^.;!]*|for more (?:information|details)[^.;!]*|note - [^.;]*|more information[^.;]*available[^.;]*",
    r"\bif [^.;!]*",
    r"may delay delivery|(?:scheduled|expected|estimated) delivery[^.;]*",
)
PLANS = (
    r"will (?:be )?deliver\w* to an? [^.;]*",
    r"(?:we(?:'ll| will)|will|to) (?:make|try|attempt|be attempted|re-?attempt)[^.;]*",
    r"(?:another|next|second|new) (?:delivery )?attempt will[^.;]*",
    r"(?:before|prior to|upon|awaiting|pending) (?:final )?delivery",
    r"delivery (?:to follow|expected|estimated|by)[^.;]*",
)

FAMILIES = en_decisive.FAMILIES + en_ordinary.FAMILIES
