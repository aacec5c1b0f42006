"""English statements that outweigh whatever else a sentence says; asked first, in this order."""

# ruff: noqa: E501 (patterns are data; breaking them would only hide them)

from doorstepd.carriers.text.rules import Family

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
        "custom clear dut tax vat broker release import gst agency",
        (
            (
                "@skip",
                r"^(?!.*(?:\bcustoms\b|government agency|regulatory agency|clearance|\bclear(?:ed|ing)\b|\bdut(?:y|ies)\b|\btax|\bvat\b|\bgst\b|broker|import|shipment release|customs)).*",
            ),
            (
                "customs_rejected",
                r"(?:clearance|customs|entry|import)[^.;]{0,30}(?:\bfail|refus|reject|denied|impossible|not possible|unsuccessful)|(?:refus|reject|denied|seized|confiscat)\w*[^.;]{0,20}customs|not (?:allowed|permitted)[^.;]{0,12}import|import (?:is )?not permitted|refus\w*[^.;]{0,24}(?:\bdut(?:y|ies)\b|\btax)",
            ),
            (
                "duty_due",
                r"(?:await\w*|pending|require\w*|\bdue\b|owed|outstanding|unpaid|must|need\w*|please pay|request\w*|to be paid|payable|not (?:yet )?(?:been )?paid|to pay|assessed)[^.;]{0,50}(?:\bdut(?:y|ies)\b|\btax(?! id| number| no)|\bvat\b|\bgst\b|customs (?:charge|fee))|"
                r"(?:\bdut(?:y|ies)\b|\btax(?:es)?\b|\bvat\b|\bgst\b|customs (?:charge|fee)s?)[^.;]{0,50}(?:await|pending|required|\bdue\b|owed|outstanding|unpaid|must|need|please pay|requested|to be paid|payable|not (?:yet )?(?:been )?paid|to pay|assessed)",
            ),
            (
                "duty_paid",
                r"(?:\bdut(?:y|ies)\b|\btax(?:es)?\b|\bvat\b|\bgst\b|customs (?:charge|fee)s?|import)[^.;]{0,50}(?:\bpaid|received|settled|payment complete)|(?:paid|payment)[^.;]{0,30}(?:received|paid|settled|of (?:duties|taxes|customs))",
            ),
            (
                "documents_required",
                r"(?:information|instructions|document\w*|invoice|paperwork|\bid\b|identification|passport|papers|identity)[^.;]{0,40}(?:require|missing|incomplete|need|request|inadequate|insufficient|await|incorrect)|"
                r"(?:missing|incomplete|requir\w*|need\w*|request\w*|provide|incorrect|await\w*|waiting for|lack\w*|insufficient|inadequate|upload|submit)[^.;]{0,50}(?:information|document|invoice|paperwork|\bid\b|papers|identification|passport|identity)|for clearance information",
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
            ("customs_processing", r"customs|clearance|clearing|government agency|regulatory agency"),
        ),
    ),
    Family(
        "going back",
        "return rts sender shipper back",
        (
            (
                "return_completed",
                r"return[^.;]{0,40}(?:\bdelivered|complet|and received|received by (?:the )?(?:<sender>))|(?:delivered|arrived)[^.;]{0,8} (?:back )?(?:to|at) (?:the )?(?:original )?(?:<sender>)|(?:<sender>) (?:has )?(?:received|accepted) (?:the )?(?:return|parcel back)|delivered to sender",
            ),
            (
                "return_requested",
                r"return(?: to sender| to shipper)?[^.;,]{0,20}(?:request|initiat|authori[sz]|instruct)|(?:request|initiat|instruct)\w*[^.;]{0,30}\breturn|^(?!.*(?:refus|undeliver|declin|damag|not be )).*will be returned to (?:the )?(?:<sender>)",
            ),
            (
                "return_in_transit",
                r"(?!.*returned to (?:the |our )?(?:fedex|ups|dhl|usps|dpd|depot|facility|station|local|post office|hub))(?<!will be )(?<!to be )(?<!should be )(?<!may be )\breturn(?:ing|ed)\b|being returned|way back|^returns?\b|return to (?:sender|shipper)|\brts\b|return (?:shipment|parcel|package|in transit|label scanned)|sent back|going back",
            ),
        ),
    ),
    Family(
        "nothing known",
        "pending found information record unknown invalid exist data details",
        (
            ("@skip", "address|deliver|recipient"),
            (
                "not_found",
                r"(?:cannot|can't|could not|not) be found|not found|no record|no (?:shipment|parcel|package|results?|tracking|information)[^.;]{0,16}found|invalid (?:tracking )?number|unknown (?:tracking )?number|tracking (?:number )?does not exist|no results",
            ),
            (
                "no_info_yet",
                r"^pending$|no (?:tracking |shipment |further )?(?:information|data|details|updates?)(?: is| are)?(?: yet| available| at this| found|$)|not (?:yet )?available in (?:the|our) system|information (?:is )?not yet available",
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
                r"\blost\b|reported missing|(?:package|parcel|shipment|item|mail) (?:is |was |has gone )?missing|unable to locate (?:the |your )?(?:package|parcel|shipment|item)|cannot be located|mislaid|stolen|misplaced|investigation[^.;]{0,16} locate",
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
)
