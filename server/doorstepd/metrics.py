"""What is counted. No label holds anything personal, or anything that a caller can make up without end."""

from prometheus_client import Counter, Gauge, Histogram

PUSHES = Counter("doorstep_pushes_total", "Carrier pushes by outcome.", ["provider", "outcome"])
EVENTS = Counter("doorstep_events_total", "Tracking events recorded.", ["source"])
UNKNOWN_CODES = Counter("doorstep_unknown_codes_total", "Carrier codes that no table has.", ["provider"])
UNKNOWN_NUMBERS = Counter("doorstep_unknown_numbers_total", "Pushed numbers that no parcel has.", ["provider"])
FIXES = Counter("doorstep_fixes_total", "Courier fixes by what became of them.", ["outcome"])
RINGS = Counter("doorstep_rings_total", "Bells rung, by what decided.", ["cause"])
NOTICES = Counter("doorstep_notices_total", "Notices by channel and outcome.", ["channel", "outcome"])
PUSH_SECONDS = Histogram(
    "doorstep_push_seconds",
    "From receipt of a push to its commit.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 5),
)
CARRIER_CALLS = Counter(
    "doorstep_carrier_calls_total", "Questions and subscriptions by outcome.", ["provider", "outcome"]
)
CARRIER_SUCCESS = Gauge("doorstep_carrier_last_success_seconds", "When the provider last answered.", ["provider"])
CARRIER_FAILURES = Gauge("doorstep_carrier_failures", "Calls in a row that got no answer.", ["provider"])
CARRIER_BREAKER = Gauge("doorstep_carrier_breaker", "0 closed, 1 half-open, 2 open.", ["provider"])
CARRIER_SECONDS = Gauge("doorstep_carrier_seconds", "How long the provider takes, on average of late.", ["provider"])
