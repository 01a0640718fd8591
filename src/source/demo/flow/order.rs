//! Orders: quote, reserve, charge with retries at the bank, and the message that shipping and notification take up.

use super::super::line::Datum::{Cents, Millis, Number, Order, Word};
use super::super::line::Part::{Field, Say};
use super::super::service::Service;
use super::super::trace::{Database, Node, Recorder, Reply};
use super::{authenticate, cart, price};
use crate::model::{Level, Nanos, SpanId, SpanKind, TraceId};

const MILLISECOND: Nanos = 1_000_000;
/// How long payment waits for the bank.
const BANK_TIMEOUT: Nanos = 600 * MILLISECOND;
/// How often payment asks the bank before it gives up.
const ATTEMPTS: i64 = 3;

const RESERVE: Database = Database {
    system: "postgresql",
    operation: "UPDATE",
    target: "stock",
    text: "UPDATE stock SET reserved = reserved + $2 WHERE sku = $1 AND available >= $2",
    host: "inventory-db-0",
};
const ORDERS: Database = Database {
    system: "postgresql",
    operation: "INSERT",
    target: "orders",
    text: "INSERT INTO orders (id, user_id, amount, state) VALUES ($1, $2, $3, 'accepted')",
    host: "checkout-db-0",
};

/// An accepted order on its way through the queue to the notification service.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Message {
    order: u32,
    user: i64,
    sent: Nanos,
    producer: (TraceId, SpanId),
}

/// What an order is about.
#[derive(Clone, Copy)]
struct Basket {
    order: u32,
    user: i64,
    cents: i64,
}

/// `POST /orders`; leaves in `message` what was put into the queue.
pub(super) fn place(
    cx: &mut Recorder<'_>,
    gateway: Node,
    at: Nanos,
    user: i64,
    message: &mut Option<Message>,
) -> Reply {
    let known = authenticate(cx, gateway, at, user);
    let order = cx.random.below(1 << 20);
    let cents = cx.random.latency(0.0042, 0.7).clamp(500, 99_999);
    let basket = Basket { order, user, cents };
    let (_, reply) = cx.call(gateway, Service::Checkout, ("POST", "/orders"), known, |cx, checkout, at| {
        cx.set(checkout, "shop.order.id", format!("{order:05x}"));
        cx.log(
            checkout,
            Level::Info,
            at,
            &[Say("order received"), Field("order", Order(order)), Field("user", Number(user))],
        );
        let reply = check_out(cx, checkout, at, basket);
        if reply.is_failure() {
            let took = Field("after", Millis(reply.end - at));
            cx.log(checkout, Level::Error, reply.end, &[Say("order failed"), Field("order", Order(order)), took]);
            return Reply { status: 500, ..reply };
        }
        let (_, stored) = cx.query(checkout, &ORDERS, reply.end, 2.4);
        let accepted = [
            Say("order accepted"),
            Field("order", Order(order)),
            Field("amount", Cents(cents)),
            Field("currency", Word("EUR")),
        ];
        cx.log(checkout, Level::Info, stored, &accepted);
        *message = publish(cx, checkout, stored, basket);
        Reply { end: stored + cx.random.latency(1.2, 0.3), status: 201 }
    });
    reply
}

/// Cart, price, stock and payment, in turn; the first failure ends it.
fn check_out(cx: &mut Recorder<'_>, checkout: Node, at: Nanos, basket: Basket) -> Reply {
    let read = cart::read(cx, checkout, at, basket.user);
    if read.is_failure() {
        return read;
    }
    let quoted = price(cx, checkout, read.end, "/quote");
    let reserved = reserve(cx, checkout, quoted, basket);
    if reserved.is_failure() {
        return reserved;
    }
    let (_, paid) = cx.call(checkout, Service::Payment, ("POST", "/charge"), reserved.end, |cx, payment, at| {
        charge(cx, payment, at, basket)
    });
    if paid.is_failure() {
        let released = release(cx, checkout, paid.end, basket);
        return Reply { end: released, ..paid };
    }
    paid
}

/// Reserves stock. The bad version of the inventory service fails on two of five baskets.
fn reserve(cx: &mut Recorder<'_>, checkout: Node, at: Nanos, basket: Basket) -> Reply {
    let (_, reply) = cx.call(checkout, Service::Inventory, ("POST", "/reserve"), at, |cx, inventory, at| {
        if cx.random.chance(0.4 * cx.weather.deploy) {
            let end = at + cx.random.latency(4.0, 0.4);
            raise(cx, inventory, end);
            return Reply { end, status: 500 };
        }
        let ready = at + cx.random_work();
        let (_, end) = cx.query(inventory, &RESERVE, ready, 4.0);
        let items = i64::from(1 + cx.random.below(4));
        cx.log(
            inventory,
            Level::Info,
            end,
            &[Say("stock reserved"), Field("order", Order(basket.order)), Field("items", Number(items))],
        );
        Reply::ok(end)
    });
    reply
}

/// The bug of the bad version: an exception, recorded on the span and logged with its traceback.
fn raise(cx: &mut Recorder<'_>, inventory: Node, time: Nanos) {
    const TRACEBACK: [&str; 6] = [
        "Traceback (most recent call last):",
        "  File \"/srv/inventory/app/stock.py\", line 212, in reserve",
        "    shelf = self.shelf_of(item, warehouse=basket.warehouse)",
        "  File \"/srv/inventory/app/stock.py\", line 88, in shelf_of",
        "    return self.shelves[warehouse][item.sku]",
        "KeyError: 'warehouse-7'",
    ];
    cx.fail(inventory, "KeyError", "KeyError: 'warehouse-7'");
    let details = [
        ("exception.type", "KeyError"),
        ("exception.message", "'warehouse-7'"),
        ("exception.stacktrace", &*TRACEBACK.join("\n")),
    ];
    cx.event(inventory, "exception", time, &details);
    let what = Field("warehouse", Word("warehouse-7"));
    cx.log(inventory, Level::Error, time, &[Say("reservation failed: KeyError"), what]);
    for line in TRACEBACK {
        cx.continue_log(inventory, time, line);
    }
}

fn release(cx: &mut Recorder<'_>, checkout: Node, at: Nanos, basket: Basket) -> Nanos {
    let (_, reply) = cx.call(checkout, Service::Inventory, ("POST", "/release"), at, |cx, inventory, at| {
        let (_, end) = cx.query(inventory, &RESERVE, at, 4.0);
        cx.log(inventory, Level::Info, end, &[Say("stock released"), Field("order", Order(basket.order))]);
        Reply::ok(end)
    });
    reply.end
}

/// Charges the card: up to [`ATTEMPTS`] tries at the bank with doubling back-off.
fn charge(cx: &mut Recorder<'_>, payment: Node, at: Nanos, basket: Basket) -> Reply {
    let about = Field("order", Order(basket.order));
    let mut now = at + cx.random_work();
    cx.set(payment, "payment.provider", "acme");
    for attempt in 1..=ATTEMPTS {
        let reply = ask_bank(cx, payment, now, basket, attempt);
        now = reply.end;
        let number = Field("attempt", Number(attempt));
        if !reply.is_failure() {
            let amount = Field("amount", Cents(basket.cents));
            cx.log(payment, Level::Info, now, &[Say("charged"), about, amount, number]);
            cx.set(payment, "retry.count", attempt - 1);
            return Reply::ok(now + cx.random_work());
        }
        let why = Field("error", Word(if reply.status == 0 { "timeout" } else { "503" }));
        if attempt < ATTEMPTS {
            let pause = (100 * MILLISECOND) << (attempt - 1);
            let backoff = Field("backoff", Millis(pause));
            cx.log(
                payment,
                Level::Warn,
                now,
                &[Say("retrying bank"), Field("attempt", Number(attempt + 1)), backoff, why],
            );
            now += pause;
        } else {
            cx.log(
                payment,
                Level::Error,
                now,
                &[Say("bank refused, giving up"), about, Field("attempts", Number(attempt)), why],
            );
        }
    }
    cx.set(payment, "retry.count", ATTEMPTS - 1);
    Reply { end: now, status: 503 }
}

/// One try at the bank. A late answer is a timeout to payment, while the bank works on.
fn ask_bank(cx: &mut Recorder<'_>, payment: Node, at: Nanos, basket: Basket, attempt: i64) -> Reply {
    let storm = cx.weather.bank;
    let (client, reply) = cx.call(payment, Service::Bank, ("POST", "/authorise"), at, |cx, bank, at| {
        let end = at + cx.random.latency(46.0 * (1.0 + 7.0 * storm), 0.35);
        if cx.random.chance(0.008 + 0.5 * storm) {
            cx.log(
                bank,
                Level::Error,
                end,
                &[Say("authorisation rejected"), Field("code", Number(503)), Field("reason", Word("overload"))],
            );
            return Reply { end, status: 503 };
        }
        let took = Field("took", Millis(end - at));
        let level = if end - at > BANK_TIMEOUT { Level::Warn } else { Level::Info };
        cx.log(bank, level, end, &[Say("authorised"), Field("amount", Cents(basket.cents)), took]);
        Reply::ok(end)
    });
    if attempt > 1 {
        cx.set(client, "http.request.resend_count", attempt - 1);
    }
    if reply.end - at <= BANK_TIMEOUT {
        return reply;
    }
    let end = at + BANK_TIMEOUT;
    cx.close(client, end);
    cx.fail(client, "timeout", "deadline of 600 ms exceeded");
    cx.event(client, "timeout", end, &[("peer.service", "bank")]);
    Reply { end, status: 0 }
}

/// Puts the order into the queue, from which shipping takes it within the same trace.
fn publish(cx: &mut Recorder<'_>, checkout: Node, at: Nanos, basket: Basket) -> Option<Message> {
    let producer = cx.open(Some(checkout), Service::Checkout, "send orders.accepted", SpanKind::Producer, at);
    let sent = at + cx.random.latency(0.9, 0.3);
    cx.close(producer, sent);
    describe_queue(cx, producer, "send");
    let ids = cx.ids(producer)?;

    let taken = sent + cx.random.latency(14.0, 0.6);
    let shipping = cx.open(Some(producer), Service::Shipping, "process orders.accepted", SpanKind::Consumer, taken);
    describe_queue(cx, shipping, "process");
    cx.link(shipping, ids.0, ids.1);
    let label = cx.open_internal(shipping, Service::Shipping, "create label", taken);
    let end = taken + cx.random.latency(22.0, 0.4);
    cx.close(label, end);
    let done = end + cx.random_work();
    cx.close(shipping, done);
    cx.log(
        label,
        Level::Info,
        end,
        &[Say("label created"), Field("order", Order(basket.order)), Field("carrier", Word("dhl"))],
    );
    Some(Message { order: basket.order, user: basket.user, sent, producer: ids })
}

/// The notification service takes the message: a trace of its own, linked to the one that sent it.
pub(in super::super) fn notify(cx: &mut Recorder<'_>, message: &Message) {
    let taken = message.sent + cx.random.latency(35.0, 0.6);
    let root = cx.open(None, Service::Notification, "process orders.accepted", SpanKind::Consumer, taken);
    describe_queue(cx, root, "process");
    cx.link(root, message.producer.0, message.producer.1);
    let mail = cx.open(Some(root), Service::Notification, "SMTP send", SpanKind::Client, taken);
    cx.set(mail, "server.address", "smtp.example.com");
    let end = taken + cx.random.latency(48.0, 0.5);
    cx.close(mail, end);
    let done = end + cx.random_work();
    cx.close(root, done);
    cx.log(
        root,
        Level::Info,
        end,
        &[Say("mail sent"), Field("order", Order(message.order)), Field("user", Number(message.user))],
    );
}

fn describe_queue(cx: &mut Recorder<'_>, node: Node, operation: &'static str) {
    cx.set(node, "messaging.system", "kafka");
    cx.set(node, "messaging.destination.name", "orders.accepted");
    cx.set(node, "messaging.operation.type", operation);
}
