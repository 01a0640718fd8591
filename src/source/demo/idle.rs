//! What services write when nobody asks anything of them: housekeeping, probes, statistics. Belongs to no trace.

use super::line::{self, Datum, Head, Part};
use super::random::Random;
use super::service::Service;
use super::shop::{Item, Output};
use crate::model::{Level, Nanos};

/// Who writes it, how urgent it is, the message and the field whose number is drawn, and from below what.
type Template = (Service, Level, &'static str, &'static str, u32);

const TEMPLATES: [Template; 14] = [
    (Service::Frontend, Level::Debug, "GET /healthz 200", "uptime_s", 90_000),
    (Service::Frontend, Level::Debug, "static assets served", "count", 900),
    (Service::ApiGateway, Level::Debug, "upstream pool", "idle_connections", 64),
    (Service::ApiGateway, Level::Info, "rate limiter window", "tokens", 5000),
    (Service::Auth, Level::Info, "signing keys refreshed", "kid", 9000),
    (Service::Catalog, Level::Debug, "index segment merged", "documents", 40_000),
    (Service::Cart, Level::Debug, "expired carts swept", "count", 40),
    (Service::Checkout, Level::Info, "outbox drained", "messages", 12),
    (Service::Inventory, Level::Debug, "stock snapshot written", "rows", 5000),
    (Service::Pricing, Level::Info, "price list reloaded", "rules", 900),
    (Service::Payment, Level::Debug, "event loop lag", "lag_ms", 9),
    (Service::Bank, Level::Info, "settlement batch closed", "entries", 700),
    (Service::Shipping, Level::Debug, "consumer group heartbeat", "generation", 40),
    (Service::Notification, Level::Warn, "template without translation, using en", "template", 60),
];

/// One line at `time`.
pub(super) fn line(random: &mut Random, time: Nanos) -> Item {
    let draw = random.below(u32::try_from(TEMPLATES.len()).unwrap_or_default()) as usize;
    let (service, level, words, name, bound) = TEMPLATES.get(draw).copied().unwrap_or(TEMPLATES[0]);
    let number = i64::from(random.below(bound));
    let head = Head { service, time, level, ids: None };
    let text = line::write_line(&head, &[Part::Say(words), Part::Field(name, Datum::Number(number))]);
    Item { time, output: Output::Line { service, text } }
}
