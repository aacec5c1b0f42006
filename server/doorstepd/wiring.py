"""The composition root: the only file that knows every room."""

import asyncio
from typing import Any

import httpx2
import structlog
from doorstep.tracking.v1 import (
    ingest_service_pb2_grpc,
    live_service_pb2_grpc,
    reminder_service_pb2_grpc,
    tracking_service_pb2_grpc,
)

from doorstepd.access.merchants import Merchants
from doorstepd.access.sealing import Sealer, load_or_create
from doorstepd.access.tokens import Verifier, load_or_create_keys
from doorstepd.background.calls import CarrierCalls, Keys
from doorstepd.background.poll import Poller
from doorstepd.background.relay import Relay
from doorstepd.background.retention import Retention
from doorstepd.background.subscribe import Subscriber
from doorstepd.background.tallies import Tallies
from doorstepd.broadcast import Broadcast, NewestFixes
from doorstepd.carriers.health import Health
from doorstepd.carriers.query import Inquirer
from doorstepd.database import Database
from doorstepd.database.migrate import migrate
from doorstepd.doors.app import ASGIApp, Registrar
from doorstepd.doors.http import http_app
from doorstepd.errors import Unavailable
from doorstepd.intake.assign_stops import Dispatcher
from doorstepd.intake.bus import BusFeed, BusSignals
from doorstepd.intake.complete_stop import StopCompleter
from doorstepd.intake.courier_round import BellPolicy
from doorstepd.intake.explain_bell import BellExplainer
from doorstepd.intake.ledger import Ledger
from doorstepd.intake.receive_push import PushReceiver, learn_to_read
from doorstepd.intake.record_events import EventRecorder
from doorstepd.intake.register_order import OrderRegister
from doorstepd.intake.report_positions import PositionDesk
from doorstepd.intake.set_tracking import TrackingSetter
from doorstepd.live import Hub, Limits, Publisher
from doorstepd.live.publish import StoredFixes
from doorstepd.live.raw_fixes import RawFixes
from doorstepd.logs import configure
from doorstepd.notifications.recorded import Recorded
from doorstepd.parcels import log as change_log
from doorstepd.positions.geocoding import AMAP_URL, Amap, ByGeopy, Reverse
from doorstepd.positions.places import Places
from doorstepd.reminders.stop import DEFAULT_GATE, parse_gate
from doorstepd.rpc.answers import Answers
from doorstepd.rpc.glimpses import MerchantRules
from doorstepd.rpc.guard import Guard
from doorstepd.rpc.ingest_service import IngestService, Intake
from doorstepd.rpc.live_service import LiveService
from doorstepd.rpc.reading import Reading
from doorstepd.rpc.reminder_service import ReminderService
from doorstepd.rpc.rendering import ChangeLog, Messages
from doorstepd.rpc.report_streams import ReportStreams
from doorstepd.rpc.stand_ins import StandIns
from doorstepd.rpc.tracking_service import TrackingService
from doorstepd.settings import Settings
from doorstepd.support.lookups import Lookups

log = structlog.get_logger(__name__)


class Doorstep:
    """The service, without its door."""

    http: ASGIApp

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.effective_database_url, statement_timeout=settings.statement_timeout)
        self.sealer = sealer(settings)
        self.verifier = verifier(settings)
        self.merchants = Merchants(self.database, self.sealer)
        self.bus = Broadcast(settings.redis_url)
        self.newest = NewestFixes(self.bus)
        fixes = StoredFixes(self.newest)
        publisher = Publisher(self.bus, self.newest)
        self.signals = BusSignals(self.bus, publisher)
        rules = MerchantRules()
        self.places = Places(_geocoder(settings), per_second=settings.geocoder_per_second)
        stand_ins = StandIns(self.sealer)
        self.reading = Reading(self.database, fixes, rules, self.places, stand_ins, settings.zone)
        self.answers = Answers(self.bus, self.reading, settings.zone)
        self.signals.on_parcel_changed(self.answers.void)
        self.lookups = Lookups(self.database)
        self.retention = Retention(self.database, self.newest)
        self.relay = Relay(self.database, {"recorded": Recorded()})
        limits = Limits(watches_per_principal=settings.max_watches)
        renderer = Messages(self.database, self.reading, rules, self.places, stand_ins, settings.zone)
        changes = ChangeLog(self.database, rules)
        self.hub = Hub(self.bus, fixes, changes, renderer, limits, credentials=self.verifier)
        self.report_streams = ReportStreams(self.verifier, self.hub.return_delay)
        self.raw_fixes = RawFixes(self.bus)
        feed = BusFeed(publisher, self.newest, self.raw_fixes)
        self.explainer = BellExplainer(self.database, feed)
        self._build_intake(feed)

    def _build_intake(self, feed: BusFeed) -> None:
        ledger = Ledger(self.sealer, kept_revisions=self.settings.kept_revisions, zone=self.settings.zone)
        self.recorder = EventRecorder(self.database, ledger, self.signals)
        self.intake = Intake(
            orders=OrderRegister(self.database, self.sealer, ledger, self.signals),
            tracking=TrackingSetter(self.database, ledger, self.signals),
            events=self.recorder,
            rounds=Dispatcher(self.database, self.sealer, ledger, self.signals),
            stops=StopCompleter(self.database, ledger, self.signals),
            positions=PositionDesk(self.database, ledger, self.signals, feed, self._bell_policy),
        )
        self.signals.on_stops_changed(self.intake.positions.stops_changed)
        self._build_asking()
        pushes = PushReceiver(
            self.merchants,
            self.recorder,
            self.database,
            self.inquirer,
            asks_carriers=self.settings.ask_carriers,
        )
        self.tallies = Tallies(self.hub, self.bus)
        carry = None if self.settings.metrics_port else self.tallies.carry
        self.http = http_app(pushes, self._healthy, carry)

    def _build_asking(self) -> None:
        """What asks carriers by itself, on the merchants' accounts."""
        self.carriers_http = httpx2.AsyncClient()
        self.inquirer = Inquirer(self.carriers_http, self.settings.provider_urls)
        keys, calls = Keys(self.merchants), CarrierCalls(self.database, self.inquirer, Health())
        self.poller = Poller(self.database, keys, calls, self.sealer, self.recorder)
        self.subscriber = Subscriber(
            self.database, self.merchants, keys, calls, self.sealer, self.settings.public_url, self.intake.tracking
        )

    def register(self, door: Registrar) -> None:
        """Adds the servicers, each behind the guard."""
        guard: Any = Guard(door, self.verifier)
        tracking = TrackingService(self.database, self.reading, self.answers, self.lookups)
        live = LiveService(self.database, self.hub, self.lookups)
        ingest = IngestService(self.database, self.intake, self.report_streams)
        tracking_service_pb2_grpc.add_TrackingServiceServicer_to_server(tracking, guard)
        live_service_pb2_grpc.add_LiveServiceServicer_to_server(live, guard)
        ingest_service_pb2_grpc.add_IngestServiceServicer_to_server(ingest, guard)
        reminders = ReminderService(self.database, self.explainer)
        reminder_service_pb2_grpc.add_ReminderServiceServicer_to_server(reminders, guard)

    async def start(self) -> None:
        """Migrates, connects, and begins the background work."""
        await migrate(self.database)
        await asyncio.to_thread(learn_to_read)
        await self.bus.start()
        await self.signals.start()
        await self.raw_fixes.start()
        await self.hub.start()
        self.report_streams.start()
        self.lookups.start()
        self.relay.start()
        self.retention.start()
        self.tallies.start()
        if self.settings.ask_carriers:
            self.poller.start()
            self.subscriber.start()

    async def drain(self) -> None:
        """Sends every watcher away with a resume token, and every phone once its fixes are acknowledged."""
        await asyncio.gather(self.hub.drain(), self.report_streams.drain())

    async def stop(self) -> None:
        """Ends in the opposite order."""
        await self.subscriber.stop()
        await self.poller.stop()
        await self.carriers_http.aclose()
        await self.tallies.stop()
        await self.retention.stop()
        await self.relay.stop()
        await self.lookups.stop()
        await self.report_streams.stop()
        await self.hub.stop()
        await self.places.close()
        await self.raw_fixes.stop()
        await self.signals.stop()
        await self.bus.stop()
        await self.newest.close()
        await self.database.close()

    async def _bell_policy(self, merchant_id: str) -> BellPolicy:
        merchant = await self.merchants.get(merchant_id)
        chosen = merchant.settings if merchant else {}
        gate = parse_gate(chosen["gate"]) if "gate" in chosen else DEFAULT_GATE
        return BellPolicy(float(chosen.get("radius_m", 1000.0)), gate)

    async def _healthy(self) -> bool:
        try:
            async with asyncio.timeout(2), self.database.reading() as c:
                await change_log.epoch(c)
        except (Unavailable, TimeoutError):
            return False
        return True


def _geocoder(settings: Settings) -> Reverse | None:
    """Who is asked for the names of streets; nobody unless the deployment chose."""
    options = dict(settings.geocoder_options)
    if settings.geocoder == "amap":
        http = httpx2.AsyncClient(timeout=1.0)
        return Amap(http, options.get("key", ""), options.get("secret", ""), options.get("url", AMAP_URL))
    return ByGeopy(settings.geocoder, options) if settings.geocoder else None


def sealer(settings: Settings) -> Sealer:
    """Seals personal data with the keys in the data folder, made on first use."""
    return load_or_create(settings.data / "keys" / "sealing.json")


def verifier(settings: Settings) -> Verifier:
    """Verifies tokens; without a JWKS of the deployment's own, by development keys in the data folder."""
    if settings.jwks is None:
        load_or_create_keys(settings.data / "keys")
    return Verifier(settings.effective_jwks, settings.issuer, settings.audience)


def build() -> Doorstep:
    """The service as the environment describes it; what a door's worker calls."""
    settings = Settings()
    configure(settings.log_level)
    return Doorstep(settings)
