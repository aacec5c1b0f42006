"""How English trace sentences say what happened. The same form as `lexicon_zh`; patterns see lower-case text."""
# ruff: noqa: E501 (patterns and lists are data; breaking them would only hide them)

from doorstepd.carriers.text.rules import Family

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
        r"(?:unable|not able|could not|couldn't|cannot|can't|failed|unsuccessful)[^.;,]{0,12}(?:contact|reach|get hold|get in touch)|no (?:answer|response|reply)|"
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
        r"undeliverable as addressed|no such (?:number|address|street|person)|(?:<recipient>|business|company)[^.;,]{0,12}(?:moved|relocated|unknown)|addressee unknown|not known at|"
        r"moved,? (?:left|no forward)|insufficient address|unable to locate (?:the )?(?:address|house|delivery)|could(?: not|n't) (?:find|locate) (?:the |your )?(?:address|house|property)"
    ),
    "business_closed": (
        r"(?:business|office|company|shop|store|premises|firm|school|receiver|recipient|location)[^.;]{0,20}(?:closed|on holiday|shut)|closed on arrival|\bclosed\b|on holiday|"
        r"public holiday|holiday closure"
    ),
    "recipient_absent": (
        r"(?:no ?-?one|nobody|not|wasn't|weren't|isn't|un)[^.;,]{0,14}(?:home|available|at home|present|\bin\b)|no (?:authorized |secure |authorised )?(?:recipient|person|receiver)|"
        r"absent|unavailable|no access|you (?:were|weren't) out|\bnot in\b|(?:<recipient>) (?:was )?out\b"
    ),
}

_NEW_DATE = (
    r"re-?schedul|future delivery|delivery[^.;]{0,30}(?:moved to|postponed|deferred)|(?:delivery )?(?:date|day|time)[^.;]{0,14}chang|chang\w+[^.;]{0,20}(?:delivery )?(?:date|day)|"
    r"request\w*[^.;]{0,16}(?:later|future|different|new|another|alternative|change)[^.;]{0,10}(?:deliver|date|day|time)|"
    r"as requested by (?:the )?(?:<recipient>)|postpone|another day|new delivery date|delivery (?:is )?(?:planned|arranged|scheduled)[^.;]{0,12}(?:new|later|another)"
)

ASIDES = (
    r"(?:direct )?signature service not requested|signature (?:is )?(?:not )?required|no signature required|please (?:allow|wait|check|visit|note|keep|be|make sure|have|track)[^.;!]*|"
    r"thank you[^.;!]*|thanks[^.;!]*|for more (?:information|details)[^.;!]*|note - [^.;]*|more information[^.;]*available[^.;]*|"
    r"if you[^.;!]*|may delay delivery|(?:scheduled|expected|estimated) delivery[^.;]*"
)
PLANS = (
    r"(?:we(?:'ll| will)|will|to) (?:make|try|attempt|be attempted|re-?attempt)[^.;]*|(?:another|next|second|new) (?:delivery )?attempt will[^.;]*|"
    r"(?:before|prior to|upon|awaiting|pending) (?:final )?delivery|delivery (?:to follow|expected|estimated|by)[^.;]*"
)

FAMILIES = (
    Family(
        "refused by the carrier",
        "prohibit dangerous airline carrier aviation security restricted hazardous",
        (
            (
                "rejected_by_carrier",
                r"prohibited|restricted item|dangerous goods|hazardous|(?:airline|aviation|carrier)[^.;]{0,24}(?:reject|refus|declin)|(?:reject|refus)\w*[^.;]{0,16}by (?:the )?(?:airline|carrier|aviation|<carrier>)|"
                r"security (?:check|screening|control)[^.;]{0,10}(?:fail|not pass|reject)|fail\w*[^.;]{0,12}security|not accepted by (?:the )?(?:airline|carrier)",
            ),
        ),
    ),
    Family(
        "customs",
        "custom clear dut tax vat broker release import gst",
        (
            (
                "@skip",
                r"^(?!.*(?:\bcustoms\b|clearance|\bclear(?:ed|ing)\b|\bdut(?:y|ies)\b|\btax|\bvat\b|\bgst\b|broker|import|shipment release|customs)).*",
            ),
            (
                "customs_rejected",
                r"(?:clearance|customs|entry|import)[^.;]{0,30}(?:\bfail|refus|reject|denied|impossible|not possible|unsuccessful)|(?:refus|reject|denied|seized|confiscat)\w*[^.;]{0,20}customs|not (?:allowed|permitted)[^.;]{0,12}import|import (?:is )?not permitted|refus\w*[^.;]{0,24}(?:\bdut(?:y|ies)\b|\btax)",
            ),
            (
                "duty_due",
                r"(?:await\w*|pending|require\w*|\bdue\b|owed|outstanding|unpaid|must|need\w*|please pay|request\w*|to be paid|payable|not (?:yet )?(?:been )?paid|to pay|assessed)[^.;]{0,50}(?:\bdut(?:y|ies)\b|\btax|\bvat\b|\bgst\b|customs (?:charge|fee))|"
                r"(?:\bdut(?:y|ies)\b|\btax(?:es)?\b|\bvat\b|\bgst\b|customs (?:charge|fee)s?)[^.;]{0,50}(?:await|pending|required|\bdue\b|owed|outstanding|unpaid|must|need|please pay|requested|to be paid|payable|not (?:yet )?(?:been )?paid|to pay|assessed)",
            ),
            (
                "duty_paid",
                r"(?:\bdut(?:y|ies)\b|\btax(?:es)?\b|\bvat\b|\bgst\b|customs (?:charge|fee)s?|import)[^.;]{0,50}(?:\bpaid|received|settled|payment complete)|(?:paid|payment)[^.;]{0,30}(?:received|paid|settled|of (?:duties|taxes|customs))",
            ),
            (
                "documents_required",
                r"(?:information|document\w*|invoice|paperwork|\bid\b|identification|passport|papers|identity)[^.;]{0,40}(?:require|missing|incomplete|need|request|inadequate|insufficient|await|incorrect)|"
                r"(?:missing|incomplete|requir\w*|need\w*|request\w*|provide|incorrect|await\w*|lack\w*|insufficient|inadequate|upload|submit)[^.;]{0,50}(?:information|document|invoice|paperwork|\bid\b|papers|identification|passport|identity)",
            ),
            ("@skip", r"contact (?:the )?customs broker"),
            (
                "customs_released",
                r"(?<!awaiting )(?<!be )(?<!not )(?<!pending )(?<!for )(?<!before )(?<!until )\breleased?\b(?! (?:pending|your))|\bcleared\b|clearance[^.;]{0,24}(?:complet|finish|success|done)|complet\w*[^.;]{0,24}(?:clearance|customs)|passed[^.;]{0,10}customs|left customs|customs (?:process )?(?:complet|finish)",
            ),
            ("customs_inspection", r"inspect|examin|x-?ray|physical check"),
            ("customs_held", r"\bheld\b|\bhold\b|delay|detain|seiz|retain|issue|exception|problem|stuck|stopped"),
            (
                "awaiting_clearance",
                r"await|pending|(?:arriv|present|hand|deliver|submitt|tender|transferr)\w*[^.;]{0,20}(?:to|at|in) (?:the )?customs|notified|ready for (?:customs|clearance)|waiting|to start clearance",
            ),
            ("customs_processing", r"customs|clearance|clearing"),
        ),
    ),
    Family(
        "going back",
        "return rts sender shipper back",
        (
            (
                "return_completed",
                r"return[^.;]{0,40}(?:\bdelivered|complet|received by (?:the )?(?:<sender>))|(?:delivered|arrived)[^.;]{0,8} (?:back )?(?:to|at) (?:the )?(?:original )?(?:<sender>)|(?:<sender>) (?:has )?(?:received|accepted) (?:the )?(?:return|parcel back)|delivered to sender",
            ),
            (
                "return_requested",
                r"return(?: to sender| to shipper)?[^.;,]{0,20}(?:request|initiat|authori[sz]|instruct)|(?:request|initiat|instruct)\w*[^.;]{0,30}\breturn",
            ),
            (
                "return_in_transit",
                r"(?!.*returned to (?:the |our )?(?:fedex|ups|dhl|usps|dpd|depot|facility|station|local|post office|hub))(?<!will be )(?<!to be )(?<!should be )(?<!may be )\breturn(?:ing|ed)\b|being returned|way back|^returns?\b|return to (?:sender|shipper)|\brts\b|return (?:shipment|parcel|package|in transit|label scanned)|sent back|going back",
            ),
        ),
    ),
    Family(
        "nothing known",
        "found information record unknown exist data details",
        (
            (
                "not_found",
                r"(?:cannot|can't|could not|not) be found|not found|no record|no (?:shipment|parcel|package|results?|tracking|information)[^.;]{0,16}found|invalid (?:tracking )?number|unknown (?:tracking )?number|tracking (?:number )?does not exist|no results",
            ),
            (
                "no_info_yet",
                r"no (?:tracking |shipment |further )?(?:information|data|details|updates?)(?: is| are)?(?: yet| available| at this| found|$)|not (?:yet )?available in (?:the|our) system|information (?:is )?not yet available",
            ),
        ),
    ),
    Family(
        "not collected, or cancelled",
        "pick collect cancel void",
        (
            (
                "pickup_failed",
                r"(?:pick-? ?up|collection)[^.;]{0,30}(?:fail|exception|unsuccess|not successful|attempted|attempt\b|not possible|missed|rejected|could not)|unable to (?:pick ?up|collect)|(?:fail|unsuccess|missed)\w*[^.;]{0,16}(?:pick-? ?up|collect)|could(?: not|n't) (?:be )?(?:pick|collect)|not ready for pick",
            ),
            (
                "pickup_overdue",
                r"(?:pick-? ?up|collection) (?:is |has been )?(?:overdue|late|delayed)|not (?:yet )?(?:been )?picked up by (?:the )?(?:<carrier>)",
            ),
            ("voided", r"\bvoid"),
            ("order_cancelled", r"cancell?ed|cancellation"),
        ),
        unless="attempted delivery storage locker returning",
    ),
    Family(
        "delivered in trouble",
        "deliver",
        (
            ("delivered_damaged", r"delivered[^.;]{0,14}damage|damage\w*[^.;]{0,12}delivered"),
            (
                "partial",
                r"partial(?:ly)?[^.;]{0,6}deliver|part of (?:the|your)[^.;]{0,24}delivered|delivered[^.;]{0,6}partial|some (?:pieces|items|packages)[^.;]{0,16}delivered",
            ),
            ("signed_after_problem", r"delivered[^.;]{0,6}after[^.;]{0,16}(?:exception|problem|issue|failed|incident)"),
            (
                "delivery_overdue",
                r"delivery (?:is |was )?overdue|overdue for delivery|past (?:the )?(?:expected|scheduled) delivery",
            ),
            ("@none", r"proof of delivery"),
        ),
    ),
    Family(
        "hard trouble",
        "refus declin want weather storm snow flood hurricane typhoon disaster majeure quake fire covid pandemic lost missing locate damage broken leak destroy dispos discard abandon mis wrong incorrectly intercept reject ice stolen",
        (
            (
                "refused",
                r"refus|rejected by (?:the )?(?:<recipient>)|declin|did(?: not|n't) want|unwanted|not accepted by (?:the )?(?:<recipient>)|(?:<recipient>) reject",
            ),
            (
                "lost",
                r"\blost\b|reported missing|(?:package|parcel|shipment|item|mail) (?:is |was |has gone )?missing|unable to locate (?:the |your )?(?:package|parcel|shipment|item)|cannot be located|mislaid|stolen|misplaced",
            ),
            ("destroyed", r"destroy|disposed|disposal|discard|abandon|scrapped"),
            ("damaged", r"damag|broken|leaking"),
            (
                "misrouted",
                r"mis-?(?:rout|sort|sent|direct|cod|ship)|(?:wrong|incorrect) (?:facility|depot|hub|route|destination|country|terminal|station|sort)|missent|incorrectly sorted|sorted incorrectly|sent in error|wrongly",
            ),
            ("intercepted", r"intercept"),
            (
                "weather",
                r"weather|storm|\bsnow|flood|hurricane|typhoon|natural disaster|force majeure|earthquake|wildfire|pandemic|covid|\bice\b|cyclone|tornado",
            ),
        ),
    ),
    Family(
        "at a pickup point",
        "pick collect locker station access shop post office servicepoint service point retail store counter unclaimed hold storage final claim pudo outlet reminder",
        (
            (
                "@skip",
                r"^delivered,(?!.*(?:await|ready|collect|pick))|(?:ready for|available for|awaiting|scheduled for) (?:carrier|courier) (?:pick|collect)|(?:pick-? ?up|collection) (?:scan|courier|scheduled|assigned|request)|from (?:the )?(?:<sender>)|dispatched for pick",
            ),
            (
                "collected_from_pickup_point",
                r"(?<!not )(?<!not been )(?<!be )(?:picked up|collected|retrieved)[^.;]{0,20}(?:by|at|from) (?:the |your |a |an )?(?:<recipient>|locker|packstation|pick|retail|post office|shop|access|servicepoint|service point|dhl (?:service|pack|loc)|parcel ?shop|paket|station|store|collection|branch|agent|outlet)|"
                r"(?:<recipient>) (?:has )?(?:picked|collected)|collected by you|you(?:'ve| have) collected",
            ),
            (
                "collection_overdue",
                r"unclaimed|not (?:yet )?(?:been )?(?:collected|picked up|claimed)|storage (?:period|time)|(?:pick-? ?up|collection) (?:period|deadline|time)[^.;]{0,12}(?:expir|end|over)|reminder[^.;]{0,40}(?:pick|collect)|uncollected|final notice|last chance",
            ),
            (
                "in_locker",
                r"(?:placed|deliver\w*|deposit\w*|stored|dropped|left|put|available|ready|await\w*|waiting|hold|held|arrived|stocked|loaded|collect|pick|is in)[^.;]*(?:locker|packstation|paketautomat|parcel box|smart box)|(?:locker|packstation)[^.;]*(?:ready|available|pick|collect)",
            ),
            (
                "at_station",
                r"(?:placed|deliver\w*|deposit\w*|stored|dropped|left|available|ready|await\w*|waiting|hold|held|arrived|collect|pick|your (?:parcel|package|item) is)[^.;]*"
                r"(?:access point|parcel ?shop|paketshop|pick-? ?up (?:shop|point|location|station)|collection point|pudo|convenience|partner shop|newsagent|relay point|parcel ?point|cainiao|pickup store)|"
                r"(?:access point|parcel ?shop|paketshop|pick-? ?up (?:shop|point)|collection point|partner shop)[^.;]*(?:await|ready|collect|pick-? ?up|available)",
            ),
            (
                "at_counter",
                r"(?:pick-? ?up|collect\w*|claim|held|hold|awaiting)[^.;]{0,40}(?:post office|servicepoint|service point|service cent|(?:<carrier>) (?:location|office|ship|station|facility|store)|location|counter|depot|customer (?:centre|center|service)|branch|retail|facility|outlet|station)|"
                r"(?:post office|servicepoint|service point|counter|depot|branch|office)[^.;]{0,40}(?:pick-? ?up|collect|claim)",
            ),
            (
                "available_for_pickup",
                r"(?:ready|available|waiting|held) (?:for|to be) (?:customer |recipient )?(?:pick|collect)|awaiting (?:customer |recipient |consignee )?(?:pick|collect)|can be collected|ready to collect",
            ),
        ),
        unless="redirected",
    ),
    Family(
        "tried again, or arranged",
        "attempt redeliver re-deliver contacted appointment slot",
        (
            (
                "redelivery",
                r"\bre-?deliver(?!y (?:requested|scheduled|arranged))|(?:second|third|2nd|3rd|another|final) (?:delivery )?attempt(?! (?:will|fail|unsucc|was))|reattempt",
            ),
            (
                "courier_contacted",
                r"(?<!not be )(?<!be )(?:<recipient>) (?:was |has been |is )?contacted|(?<!be )contacted (?:the )?(?:<recipient>)",
            ),
            (
                "appointment",
                r"appointment|delivery (?:slot|time|window)[^.;]{0,14}(?:booked|confirmed|agreed|arranged|set)",
            ),
        ),
        unless="failed unsuccessful missed unable reschedul pickup",
        sees_plans=False,
    ),
    Family(
        "delivery failed",
        "missing need attempt unable not could cannot fail undeliver exception missed notice card tried no-one nobody closed incorrect invalid wrong incomplete insufficient moved sched future date outside postpone address remote absent answer phone access needed unavailable area out holiday no postcode day reach unsuccess",
        (
            (
                "@skip",
                r"^\W*(?:successfully )?delivered|redirect|shipper created|address (?:was |has been )?changed|has not received|not yet received|different address|new address|(?:has been|was|were) (?:successfully )?delivered|out for delivery|shipment exception - ",
            ),
            ("@reason", ""),
            (
                "recipient_absent",
                r"(?:notice|card|note|slip|leaflet) (?:was |has been )?left|left (?:you )?(?:a |our )?(?:notice|card|note|calling card)|missed you",
            ),
            ("rescheduled", _NEW_DATE),
            (
                "attempt_failed",
                r"(?:delivery|deliver)[^.;]{0,20}(?:attempt|fail|unsuccess|exception|not possible|problem|not successful)|(?:fail|unsuccess|unable|could not|cannot|couldn't|not)[^.;]{0,16}(?:be )?deliver|attempted|attempt fail|unsuccessful attempt|undeliver|tried to deliver|missed delivery|attempt",
            ),
        ),
        sees_plans=False,
    ),
    Family(
        "before and at collection",
        "label info instruction advi manifest electronic prepar order pick collect possession scan accept received posted drop have assigned dispatched we've",
        (
            (
                "@skip",
                r"\bdelivered\b|delivery office|received by (?!(?:the )?(?:<carrier>))|on (?:the|its) way|out for deliver",
            ),
            (
                "pickup_assigned",
                r"(?:pick-? ?up|collection)[^.;]{0,20}(?:assign|scheduled|arranged|booked)|(?:courier|driver)[^.;]{0,20}(?:assigned|dispatched|on the way)[^.;]{0,20}(?:pick|collect)",
            ),
            (
                "awaiting_pickup",
                r"ready for (?:carrier |courier )?(?:pick|collection by|collection from)|(?:await|pending|waiting)\w*[^.;]{0,14}(?:pick|collection)|to be (?:picked up|collected) by (?:the )?(?:<carrier>)",
            ),
            (
                "label_created",
                r"\blabel\b|(?:shipment|parcel|package|order|electronic|item|shipping)[^.;]{0,14}info|information (?:received|sent|about)|instruction data|pre-?advi|manifest|electronic|preparing|order (?:created|placed|processed|received|confirmed|information|data)|not (?:yet )?received|awaiting item|details received",
            ),
            (
                "picked_up",
                r"picked up|pick-? ?up scan|pick-? ?up (?:complete|success)|\bcollected\b|in possession|origin scan|accept(?:ed|ance)|received by (?:the )?(?:<carrier>)|(?:<carrier>) (?:has )?received|we(?:'ve| have)(?: got)? your|\bposted\b|drop(?:ped)?[- ]?off|parcel received at origin",
            ),
        ),
    ),
    Family(
        "with the courier",
        "out vehicle van courier driver today with way being progress loaded deliver",
        (
            (
                "out_for_delivery",
                r"\bout (?:for|with|today)|(?<!handed )with (?:the |our |your |a )?(?:delivery |delivering |local )?(?:courier|driver|postman|postie)|on (?:the |a |our )?(?:fedex |ups |dhl |delivery |usps )?(?:vehicle|van|truck) (?:for|and)|on (?:fedex |delivery )?(?:vehicle|van)|loaded (?:on|onto|into)[^.;]{0,24}(?:delivery|van)|"
                r"due for delivery|delivery in progress|on its way to you\b|being delivered|delivering today|will be delivered today|driver is on (?:the|his|her|their) way",
            ),
        ),
        sees_plans=False,
    ),
    Family(
        "delivered",
        "deliver signed left received handed complete placed",
        (
            (
                "@skip",
                r"^(?!.*(?:(?<!be )(?<!not )(?<!being )(?<!not been )(?<!undeliv)\bdelivered\b|signed|\bleft (?:at|in|on|by|with|outside|behind)|received by|handed to|(?:delivery|deliver) (?:complete|success|confirmed)|successful delivery|placed (?:in|at))).*",
            ),
            (
                "@skip",
                r"(?:delivered|handed|left|tendered)[^.;]{0,6} (?:to|with) (?:the |a |our )?(?:[a-z]+ ){0,2}(?:carrier|partner|postal|airline|depot|hub|facility)|not (?:yet )?(?:been )?delivered",
            ),
            (
                "left_at_safe_place",
                r"mail ?box|letter ?box|post ?box|porch|front door|back door|side door|rear door|at (?:the |your )?door\b|door ?step|safe ?-?place|safe location|secure location|garage|garden|\bshed\b|patio|agreed (?:location|place)|\bdeck\b|carport|hallway|"
                r"left (?:at|in|on|by|outside|behind)|preferred location|designated (?:location|place)|placed (?:in|at)|through the door|parcel locker|at residence",
            ),
            (
                "signed_by_other",
                r"neighbou?r|reception|front desk|mail ?room|concierge|security|doorman|porter|household|family|colleague|someone else|third party|left with|leasing office|office manager|building manager|to (?:an? )?agent|guard|another person|housemate|employee|secretary|parent|spouse|roommate|relative",
            ),
            (
                "signed_by_recipient",
                r"signed (?:for )?by|signature (?:obtained|received|captured)|received by|(?:to|by) (?:the |its |original )*(?:recipient|addressee|customer|receiver|consignee)|handed to (?:the )?(?:recipient|resident|customer)|in person",
            ),
            ("delivered", r"delivered|(?:delivery|deliver) (?:complete|success|confirmed)|successful delivery|signed"),
        ),
        sees_plans=False,
    ),
    Family(
        "soft trouble",
        "hold held pay delay late schedule disrupt movement stuck stall update scan expire suspend stopped backlog",
        (
            (
                "@skip",
                r"^(?!.*(?:\bhold|\bheld|pay|delay|\blate\b|behind schedule|disrupt|movement|stuck|stall|update|no scan|expire|suspend|stopped|backlog)).*|latest|duty|picked up|in transit$",
            ),
            ("tracking_expired", r"tracking[^.;]{0,10}(?:expired|ended|stopped)|\bexpired\b"),
            (
                "held_for_payment",
                r"(?:hold|held|await\w*|pending|require\w*|outstanding|due|until|need\w*|unpaid)[^.;]{0,24}\bpay|pay\w*[^.;]{0,20}(?:required|due|outstanding|pending|needed|await)|unpaid",
            ),
            ("stalled", r"no (?:movement|scan|update)|stuck|stalled|not moved|no tracking update"),
            ("delayed", r"delay|\blate\b|behind schedule|disrupt|backlog"),
            ("held", r"on hold|\bheld\b|\bhold\b|suspend|stopped"),
        ),
    ),
    Family(
        "news that looks like movement",
        "time early notif sms mail text survey feedback",
        (
            ("@skip", "in transit|on (?:the|its) way"),
            (
                "@none",
                r"^arriving (?:on time|early)|on time\b|\bearly\b|sms|e-?mail (?:sent|notification)|text message|notification|\bnotified\b|survey|feedback",
            ),
        ),
    ),
    Family(
        "on the way",
        "",
        (
            (
                "forwarded",
                r"redirect|(?<!be )forward(?:ed|ing)?\b(?! (?:to|for) (?:the |an? )?(?:local|partner|delivery|third|3rd|agent|[a-z]+ post))|re-?rout|diverted|address (?:was |has been )?changed|new address|different address|re-?directed",
            ),
            (
                "handed_over",
                r"(?:tender|transfer|hand(?:ed)?(?: ?-?over)?|deliver(?:ed)?|given|forwarded|passed|released|dispatched|consigned|injected)\w*[^.;]{0,24}(?:to|with|into) (?:the |a |an |our |your )?(?:[a-z]+[ -]){0,3}?(?:carrier|partner|post office|agent|usps|post\b|postal|third[- ]party|3rd[- ]party|delivery company|courier company|service provider|provider|airline|royal mail|last[- ]mile)|handed over|handover",
            ),
            ("air_arrived", r"(?:flight|plane|aircraft)(?!.*country)[^.;]{0,20}(?:arriv|land)|landed|touched down"),
            (
                "arrived_destination_country",
                r"destination (?:country|airport|port)(?! departure)|country of destination|(?:arriv|reach|received|entered)\w*[^.;]{0,16} country|inward office of exchange|in(?:to)? the destination country",
            ),
            (
                "air_departed",
                r"(?:flight|plane|aircraft)[^.;]{0,20}(?:depart|took off|taken off|left)|took off|take-?off|airborne|(?:depart|left)\w*[^.;]{0,30}by (?:air|flight|plane)",
            ),
            ("arrived_destination_city", r"destination city|city of destination"),
            (
                "at_delivery_station",
                r"(?:delivery|distribution delivery) (?:facility|depot|office|cent(?:er|re)|station|unit|hub|base)|local (?:fedex |dhl |ups |delivery |usps |dpd )?(?:facility|depot|hub|station|post office|branch|cent(?:er|re)|office|parcelshop)|ready for delivery|(?:arriv|at|received)\w*[^.;]{0,8} (?:the )?(?:local )?post office|final depot|last mile (?:hub|station|facility)|scheduled for delivery|your local",
            ),
            ("departed", r"depart|\bleft\b|dispatch|despatch|shipped|has left|leaving|sent to|gone out|on to the next"),
            (
                "arrived",
                r"arriv(?!ing (?:on|late|early))|received at|^at (?:the )?(?:fedex|dhl|ups|dpd|usps|destination|origin|hub|sort)|reached|inbound|received in|received into|checked in|unloaded|\breceived\b",
            ),
            ("sorted", r"\bsort|process(?:ed|ing)|\bscan|handled|loaded|consolidat|packed|bagged|weigh"),
            (
                "in_transit",
                r"transit|on (?:the|its) way|en route|moving|transport|line ?-?haul|in progress|underway|travell?ing|being shipped",
            ),
        ),
        sees_plans=False,
    ),
    Family(
        "trouble without a word why",
        "exception problem issue incident",
        (("other", r"exception|problem|\bissue|incident"),),
    ),
    Family(
        "news only",
        "",
        (
            (
                "@none",
                r"on time|early|notif|sms|e-?mail|text message|survey|feedback|estimated|expected|thank you|signature|photo|picture|proof|contact|information",
            ),
        ),
        sees_asides=True,
    ),
)
