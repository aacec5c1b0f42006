"""What last-mile carriers say in German, French, Spanish, Portuguese, Italian and Dutch.

Asked only where the English lexicon knows nothing; the same form, on lower-case text.
"""

# ruff: noqa: E501 (patterns are data; breaking them would only hide them)

from doorstepd.carriers.text.rules import Family

WORDS: dict[str, str] = {}

REASONS = {
    "unreachable": r"nicht erreich|injoignable|no (?:se )?(?:pudo|ha podido) contactar|ilocalizable|non raggiungibile|irreperibile|onbereikbaar|não (?:foi possível )?contact",
    "address_issue": (
        r"adresse[^.;]{0,24}(?:unvollständig|falsch|nicht gefunden|unbekannt|incorrecte|incomplète|erronée|inconnue)|(?:falsche|unvollständige) (?:adresse|anschrift)|anschrift[^.;]{0,16}(?:falsch|unvollständig)|"
        r"direcci[oó]n[^.;]{0,20}(?:incorrecta|incompleta|errónea|insuficiente|desconocid)|indirizzo[^.;]{0,20}(?:errato|incompleto|sbagliato|insufficiente)|endereço[^.;]{0,20}(?:incorret|incomplet|insuficient|errad)|"
        r"adres[^.;]{0,16}(?:onjuist|onvolledig|onbekend)|verzogen|umgezogen|empfänger unbekannt|inconnu à l'adresse|n'habite pas"
    ),
    "business_closed": r"geschlossen|betriebsferien|fermé|cerrad[oa]|chiuso|fechad[oa]|gesloten",
    "recipient_absent": (
        r"nicht (?:angetroffen|zu ?hause|anwesend)|niemand|abwesend|absent|ausente|assente|niet thuis|nadie|nessuno|ninguém|personne|avis de passage|benachrichtig(?:t|ung)[^.;]{0,20}(?:karte|hinterl)|aviso"
    ),
    "refused": r"verweigert|refusé|rechazad|rehusad|rifiutat|recusad|geweigerd",
}

ASIDES = (r"merci[^.;]*|vielen dank[^.;]*|gracias[^.;]*|grazie[^.;]*|obrigad[oa][^.;]*",)
PLANS = (
    r"wird (?:voraussichtlich )?[^.;]{0,40}zugestellt|sera livré[^.;]*|será entregad[^.;]*|sarà consegnat[^.;]*|wordt[^.;]{0,30}bezorgd",
)

FAMILIES = (
    Family(
        "customs",
        "zoll douan aduan dogan douane verzoll alfândega",
        (
            (
                "duty_due",
                r"(?:zahl|bezahl|paiement|payer|pago|pagar|pagamento|betal)\w*[^.;]{0,40}(?:zoll|douan|aduan|dogan|alfândeg)|(?:zoll(?:gebühr|abgabe)|droits de douane|taxes|derechos de aduana|dazi)\w*[^.;]{0,30}(?:zahl|pay|pag|fällig|dus)",
            ),
            (
                "customs_released",
                r"(?:freigegeben|abgeschlossen|verzollt|abgefertigt|terminé|dédouané|libéré|liberad|despachad|completad|sdoganat|svincolat|vrijgegeven|ingeklaard|desalfandegad|concluíd)",
            ),
            (
                "documents_required",
                r"unterlagen|dokument|rechnung|documents?\b|facture|documentaci[oó]n|documenti|fattura|documenten",
            ),
            ("customs_inspection", r"beschau|prüfung|kontroll|inspec|contrôle|ispezion|controle"),
            ("customs_held", r"angehalten|zurückgehalten|retenu|bloqué|retenid|trattenut|bloccat|retid|vastgehouden"),
            ("customs_processing", r"zoll|douan|aduan|dogan|alfândeg"),
        ),
    ),
    Family(
        "going back",
        "rück zurück retour devol devuelt restitu retorn reso mittente expédit terug absender remitente",
        (
            (
                "return_completed",
                r"(?:an den absender zugestellt|retourné et livré|devuelto y entregado|riconsegnat\w* al mittente)",
            ),
            (
                "return_in_transit",
                r"rücksend|zurückgesandt|zurückgeschickt|zurück an|retour|renvoy|devol|devuelt|restituzion|reso al|ritorno al mittente|terug",
            ),
        ),
    ),
    Family(
        "delivery failed",
        "nicht niemand échec echec impossible absent ausente assente fehlgeschlagen erfolglos intento tentativ fallid mancata niet verweigert refus rechaz rehus rifiut recus falsch incorrect errat unvollst geschlossen fermé cerrad chius avis kon não erfolg",
        (
            (
                "@skip",
                r"^(?!.*(?:nicht|fehlgeschlagen|erfolglos|échec|impossible|n'a pas|absent|ausente|assente|intento|fallid|no se|no ha|mancata|non |niet|verweigert|refus|rechaz|rehus|rifiut|recus|falsch|unvollst|incorrect|errat|geschlossen|fermé|cerrad|chius|avis|não|tentativ|geweigerd)).*",
            ),
            ("@reason", ""),
            (
                "attempt_failed",
                r"zustell|livraison|livré|livrer|entrega|consegna|bezorg|intento|tentativ|distribu",
            ),
        ),
    ),
    Family(
        "waiting to be collected",
        "abhol packstation filiale relais retrait recog retir ritir afhaal point punto shop bureau",
        (
            ("@skip", "nicht abgeholt|non ritirat|non réclam|no recogid"),
            (
                "in_locker",
                r"^(?=.*(?:abhol|bereit|eingelegt|liegt|dispon|ritir|recog|afhal|dépos)).*(?:packstation|paketautomat|consigne|taquilla|locker|armadietto|pakketautomaat)",
            ),
            (
                "collected_from_pickup_point",
                r"abgeholt|retiré (?:par|au)|recogid[oa] (?:por|en)|ritirat[oa] (?:da|dal|presso)|afgehaald|levantad",
            ),
            (
                "at_counter",
                r"(?:filiale|postamt|bureau de poste|oficina|ufficio postale|postkantoor|agência)[^.;]*|(?:filiale|bureau de poste|oficina|ufficio)",
            ),
            (
                "at_station",
                r"paketshop|point (?:de )?(?:relais|retrait)|relais|punto (?:de recogida|di ritiro|pack)|afhaalpunt|pakketpunt|parcelshop|ponto de (?:recolha|levantamento)",
            ),
            (
                "available_for_pickup",
                r"abholbereit|zur abholung|à retirer|disponible[^.;]{0,12}retrait|list[oa] para recoger|pronto per il ritiro|klaar om",
            ),
        ),
    ),
    Family(
        "delivered",
        "zugestellt livré entregad consegnat bezorgd distribu übergeben afgeleverd geliefert ausgeliefert ablage abgelegt boîte briefkasten",
        (
            ("signed_by_other", r"nachbar|voisin|vecino|vicino|buren|buurman|vizinho|portier|empfang"),
            (
                "left_at_safe_place",
                r"ablageort|wunschort|briefkasten|abgelegt|boîte aux lettres|buzón|cassetta|brievenbus|caixa de correio",
            ),
            (
                "delivered",
                r"(?:erfolgreich )?(?:zugestellt|ausgeliefert|geliefert|übergeben)|livrée?\b|distribuée?\b|entregad[oa]|entregue|consegnat[oa]|bezorgd|afgeleverd|geleverd",
            ),
        ),
        sees_plans=False,
    ),
    Family(
        "with the courier",
        "zustell livraison reparto consegna bezorg entrega distribution tournée",
        (
            (
                "out_for_delivery",
                r"zustellfahrzeug|in zustellung|(?:ist|wird) in der zustellung|auf dem weg zu ihnen|en (?:cours de )?(?:livraison|distribution)|en reparto|en proceso de entrega|in consegna|saiu para entrega|em distribuição|onderweg met de bezorger|bezorger|tournée",
            ),
        ),
        sees_plans=False,
    ),
    Family(
        "before and at collection",
        "angekündigt elektron abgeholt eingeliefert pris en charge étiquette annonc annunci admit admis recogid ritir preparat spedi aangemeld",
        (
            (
                "label_created",
                r"angekündigt|elektronisch|étiquette|annoncé|prérégist|pre-?aviso|información recibida|etiqueta|etichetta|annunciat|aangemeld|informações recebidas",
            ),
            (
                "picked_up",
                r"abgeholt|eingeliefert|pris en charge|prise en charge|admitid|recogid|ritirat|presa in carico|aceite|opgehaald",
            ),
        ),
    ),
    Family(
        "on the way",
        "",
        (
            (
                "departed",
                r"verlassen|abgegangen|weitergeleitet|a quitté|départ|expédié|salid[ao] de|ha salido|partit[oa]|vertrokken|saiu d",
            ),
            (
                "arrived",
                r"angekommen|eingetroffen|arrivé|llegad[ao]|ha llegado|arrivat[oa]|aangekomen|chegou|recibid[oa] en",
            ),
            (
                "in_transit",
                r"bearbeitet|unterwegs|transport|en transit|acheminement|tri(?:é)?\b|en tránsito|en camino|in transito|smistat|lavorazione|onderweg|gesorteerd|em trânsito|em trâmite|befördert",
            ),
        ),
    ),
)
