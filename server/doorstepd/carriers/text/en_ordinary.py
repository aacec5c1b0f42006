"""What English sentences say in the ordinary run of a journey; asked after `en_decisive`, in this order."""

# ruff: noqa: E501 (patterns are data; breaking them would only hide them)

from doorstepd.carriers.text.rules import Family

_NEW_DATE = (
    r"re-?schedul|future delivery|delivery[^.;]{0,30}(?:moved to|postponed|deferred)|(?:delivery )?(?:date|day|time)[^.;]{0,14}chang|chang\w+[^.;]{0,20}(?:delivery )?(?:date|day)|"
    r"request\w*[^.;]{0,16}(?:later|future|different|new|another|alternative|change)[^.;]{0,10}(?:deliver|date|day|time)|"
    r"as requested by (?:the )?(?:<recipient>)|postpone|another day|new delivery date|delivery (?:is )?(?:planned|arranged|scheduled)[^.;]{0,12}(?:new|later|another)"
)

FAMILIES = (
    Family(
        "at a pickup point",
        "retriev pick collect locker station access shop post office servicepoint service point retail store counter unclaimed hold storage final claim pudo outlet reminder",
        (
            (
                "@skip",
                r"^delivered,(?!.*(?:await|ready|collect|pick))|(?:ready for|available for|awaiting|scheduled for) (?:carrier|courier) (?:pick|collect)|(?:pick-? ?up|collection) (?:scan|courier|scheduled|assigned|request)|from (?:the )?(?:<sender>)|dispatched for pick",
            ),
            (
                "collected_from_pickup_point",
                r"(?<!not )(?<!not been )(?<!be )(?:picked up|collected|retrieved)[^.;]{0,30}(?:by|at|from) (?:the |your |a |an )?(?:<recipient>|locker|packstation|pick|retail|post office|shop|access|servicepoint|service point|dhl (?:service|pack|loc)|parcel ?shop|paket|station|store|collection|branch|agent|outlet)|"
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
                r"(?:pick-? ?up|collect\w*|claim|held|hold|awaiting|waiting for you)[^.;]{0,40}(?:post office|servicepoint|service point|service cent|(?:<carrier>) (?:location|office|ship|station|facility|store)|location|counter|depot|onsite|lpo\b|delivery office|customer (?:centre|center|service)|branch|retail|facility|outlet|station)|"
                r"(?:post office|servicepoint|service point|counter|depot|branch|office)[^.;]{0,40}(?:pick-? ?up|collect|claim)",
            ),
            (
                "available_for_pickup",
                r"(?:ready|available|waiting|held) (?:for|to be) (?:customer |recipient )?(?:pick|collect)|awaiting (?:customer |recipient |consignee )?(?:pick|collect)|can be collected|ready to collect",
            ),
        ),
        unless="redirected",
        sees_plans=False,
    ),
    Family(
        "tried again, or arranged",
        "attempt redeliver re-deliver contacted appointment slot arranged agreed",
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
                r"appointment|delivery (?:has been |is |was )?(?:arranged|agreed) (?:for|on|with)|delivery (?:slot|time|window)[^.;]{0,14}(?:booked|confirmed|agreed|arranged|set)",
            ),
        ),
        unless="failed unsuccessful missed unable reschedul pickup",
        sees_plans=False,
    ),
    Family(
        "delivery failed",
        "access vacant missing need attempt unable not could cannot fail undeliver exception missed notice card tried no-one nobody closed incorrect invalid wrong incomplete insufficient moved sched future date outside postpone address remote absent answer phone access needed unavailable area out holiday no postcode day reach unsuccess",
        (
            (
                "@skip",
                r"^\W*(?:successfully )?delivered|redirect|shipper created|address (?:was |has been )?changed|has not received|not yet received|different address|(?<!; )new address(?! (?:required|needed))|(?:has been|was|were) (?:successfully )?delivered|out for delivery|shipment exception - ",
            ),
            ("@reason", ""),
            (
                "recipient_absent",
                r"(?:notice|card|note|slip|leaflet) (?:was |has been )?left|left (?:you )?(?:a |our )?(?:notice|card|note|calling card)|missed you",
            ),
            ("rescheduled", _NEW_DATE),
            (
                "attempt_failed",
                r"no access|(?:delivery|deliver)[^.;]{0,20}(?:attempt|fail|unsuccess|exception|not possible|problem|not successful)|(?:fail(?!ure has)|unsuccess|unable|could not|cannot|couldn't|not)[^.;]{0,16}(?:be )?deliver|attempted|attempt fail|unsuccessful attempt|undeliver|tried to deliver|missed delivery|attempt",
            ),
        ),
        sees_plans=False,
    ),
    Family(
        "before and at collection",
        "despatching preparing data label info instruction advi manifest electronic prepar order pick collect possession scan accept received posted drop have assigned dispatched we've",
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
                r"\blabel\b|(?:<sender>) (?:is )?(?:despatching|dispatching|preparing)|(?:shipment|parcel|package|order|electronic|item|shipping)[^.;]{0,14}info|info(?:rmation)? (?:received|sent|about)|instruction data|(?:shipment|order|parcel|package) data|pre-?advi|manifest|electronic|preparing|order (?:created|placed|processed|received|confirmed|information|data)|not (?:yet )?received|awaiting item|details received",
            ),
            (
                "picked_up",
                r"picked up|pick-? ?up scan|pick-? ?up (?:complete|success)|\bcollected\b|in (?:(?:<carrier>) )?possession|origin scan|accept(?:ed|ance)|received by (?:the )?(?:<carrier>)|(?:<carrier>) (?:has )?received|we(?:'ve| have)(?: got)? your|\bposted\b|drop(?:ped)?[- ]?off|parcel received at origin",
            ),
        ),
    ),
    Family(
        "with the courier",
        "delivering onboard out vehicle van courier driver today with way being progress loaded deliver",
        (
            (
                "out_for_delivery",
                r"\bout (?:for|with|today)|(?<!handed )with (?:the |our |your |a )?(?:delivery |delivering |local )?(?:courier|driver|postman|postie)|on (?:the |a |our )?(?:fedex |ups |dhl |delivery |usps )?(?:vehicle|van|truck) (?:for|and)|on (?:fedex |delivery )?(?:vehicle|van)|loaded (?:on|onto|into)[^.;]{0,24}(?:delivery|van)|"
                r"due for delivery|delivery in progress|on its way to you\b|being delivered|^delivering\b|delivering today|on ?board for delivery|will be delivered today|driver is on (?:the|his|her|their) way",
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
                r"^(?!.*(?:(?<!be )(?<!not )(?<!being )(?<!not been )(?<!undeliv)\bdelivered\b|handed (?:over )?to (?:the |a |an )?(?:household|neighbou?r|resident|recipient|customer|addressee|concierge|reception)|signed|\bleft (?:at|in|on|by|with|outside|behind)|received by|handed to|(?:delivery|deliver) (?:complete|success|confirmed)|successful delivery|placed (?:in|at))).*",
            ),
            (
                "@skip",
                r"(?:delivered|handed|left|tendered)[^.;]{0,6} (?:to|with) (?:the |a |our )?(?:[a-z]+ ){0,2}(?:carrier|partner|postal|airline|depot|hub|facility)|not (?:yet )?(?:been )?delivered|for final delivery|received by (?:the )?(?:local )?(?:delivery (?:company|partner)|partner|postal)",
            ),
            (
                "left_at_safe_place",
                r"mail ?box|letter ?box|post ?box|porch|front door|back door|side door|rear door|at (?:the |your )?door\b|door ?step|safe ?-?place|safe location|secure location|garage|garden|\bshed\b|patio|agreed (?:drop-off )?(?:location|place)|drop-?off location|\bdeck\b|carport|hallway|"
                r"left (?:at|in|on|by|outside|behind)|preferred location|designated (?:location|place)|placed (?:in|at)|through the door|p\.?o\.? box|parcel locker|at residence",
            ),
            (
                "signed_by_other",
                r"neighbou?r|reception|front desk|mail ?room|concierge|security|doorman|porter|household|family|colleague|someone else|third party|left with|leasing office|office manager|building manager|to (?:an? )?agent|guard|another person|housemate|employee|secretary|parent|spouse|roommate|relative",
            ),
            (
                "signed_by_recipient",
                r"signed (?:for )?by|signature (?:obtained|received|captured)|received by|(?:to|by) (?:the |its |original )*(?:recipient(?!\'?s? address)|addressee|customer|receiver|consignee)|handed to (?:the )?(?:recipient|resident|customer)|in person",
            ),
            ("delivered", r"delivered|(?:delivery|deliver) (?:complete|success|confirmed)|successful delivery|signed"),
        ),
        sees_plans=False,
    ),
    Family(
        "soft trouble",
        "longer hold held pay delay late schedule disrupt movement stuck stall update scan expire suspend stopped backlog",
        (
            (
                "@skip",
                r"^(?!.*(?:\bhold|\bheld|pay|delay|longer than|\blate\b|behind schedule|disrupt|movement|stuck|stall|update|no scan|expire|suspend|stopped|backlog)).*|latest|duty|picked up",
            ),
            ("tracking_expired", r"tracking[^.;]{0,10}(?:expired|ended|stopped)|\bexpired\b"),
            (
                "held_for_payment",
                r"(?:hold|held|await\w*|pending|require\w*|outstanding|due|until|need\w*|unpaid)[^.;]{0,24}\bpay|pay\w*[^.;]{0,20}(?:required|due|outstanding|pending|needed|await)|unpaid",
            ),
            ("stalled", r"no (?:movement|scan|update)|stuck|stalled|not moved|no tracking update"),
            ("delayed", r"delay|longer than|\blate\b|behind schedule|disrupt|backlog"),
            ("held", r"on hold|\bheld\b|\bhold\b|suspend|stopped"),
        ),
    ),
    Family(
        "news that looks like movement",
        "time early notif sms mail text survey feedback",
        (
            ("@skip", "in transit|on (?:the|its) way|at (?:the )?(?:local )?post office"),
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
                r"redirect|(?<!be )forward(?:ed|ing)?\b(?! (?:to|for) (?:the |an? )?(?:local|partner|delivery|third|3rd|agent|[a-z]+ post))|re-?rout|diverted|address (?:was |has been )?changed|new address(?! (?:required|needed))|different address|re-?directed",
            ),
            (
                "handed_over",
                r"(?:tender|transfer|hand(?:ed)?(?: ?-?over)?|deliver(?:ed)?|given|forwarded|passed|released|dispatched|consigned|injected)\w*[^.;]{0,24}(?:to|with|into) (?:the |a |an |our |your )?(?:[a-z]+[ -]){0,3}?(?:carrier|partner|post office|agent|usps|post\b|postal|third[- ]party|3rd[- ]party|delivery company|courier company|service provider|provider|airline|royal mail|last[- ]mile)|handed over|handover|for final delivery|received by (?:the )?(?:local )?(?:delivery (?:company|partner)|partner|postal)",
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
                r"arriv(?!ing (?:on|late|early))|received at|\b(?:is|now) (?:at|in) (?:the |our |your |a )?(?:[a-z]+ ){0,2}(?:facility|depot|hub|cent(?:er|re))|^at (?:the )?(?:fedex|dhl|ups|dpd|usps|destination|origin|hub|sort)|reached|inbound|received in|received into|checked in|unloaded|\breceived\b",
            ),
            (
                "sorted",
                r"\bsort(?!(?:ing|ation)? (?:facility|depot|hub|cent|office|station))|process(?:ed|ing)|\bscan|handled|loaded|consolidat|packed|bagged|weigh",
            ),
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
