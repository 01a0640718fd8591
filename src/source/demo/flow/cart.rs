//! Carts: kept in a cache, with a database behind it that is slow when everybody comes.

use super::super::line::Datum::{Millis, Number, Word};
use super::super::line::Part::{Field, Say};
use super::super::service::Service;
use super::super::trace::{Database, Node, Recorder, Reply};
use super::{STOCK, authenticate, price};
use crate::model::{Level, Nanos};

const CACHE: Database =
    Database { system: "redis", operation: "HGETALL", target: "cart", text: "HGETALL user:?:cart", host: "redis-0" };
const CARTS: Database = Database {
    system: "postgresql",
    operation: "SELECT",
    target: "cart_items",
    text: "SELECT sku, quantity FROM cart_items WHERE user_id = $1",
    host: "cart-db-0",
};
const INSERT: Database = Database {
    system: "postgresql",
    operation: "INSERT",
    target: "cart_items",
    text: "INSERT INTO cart_items (user_id, sku, quantity) VALUES ($1, $2, $3)",
    host: "cart-db-0",
};

/// `GET /cart`.
pub(super) fn show(cx: &mut Recorder<'_>, gateway: Node, at: Nanos, user: i64) -> Reply {
    let known = authenticate(cx, gateway, at, user);
    let read = read(cx, gateway, known, user);
    if read.is_failure() {
        return read;
    }
    Reply::ok(price(cx, gateway, read.end, "/quote"))
}

/// `POST /cart/items`.
pub(super) fn add(cx: &mut Recorder<'_>, gateway: Node, at: Nanos, user: i64) -> Reply {
    let known = authenticate(cx, gateway, at, user);
    let sku = i64::from(10_000 + cx.random.below(5000));
    let (_, reply) = cx.call(gateway, Service::Cart, ("POST", "/cart/items"), known, |cx, cart, at| {
        let (_, stock) = cx.call(cart, Service::Inventory, ("GET", "/stock/:sku"), at, |cx, inventory, at| {
            let (_, end) = cx.query(inventory, &STOCK, at, 2.5);
            cx.log(inventory, Level::Debug, end, &[Say("stock read"), Field("sku", Number(sku))]);
            Reply::ok(end)
        });
        let slow = 1.0 + 20.0 * cx.weather.cache;
        let (_, end) = cx.query(cart, &INSERT, stock.end, 2.2 * slow);
        cx.log(cart, Level::Info, end, &[Say("item added"), Field("user", Number(user)), Field("sku", Number(sku))]);
        Reply::ok(end)
    });
    reply
}

/// A call that reads a cart: from the cache, or from the database where the cache misses or is gone.
pub(super) fn read(cx: &mut Recorder<'_>, from: Node, at: Nanos, user: i64) -> Reply {
    let (_, reply) = cx.call(from, Service::Cart, ("GET", "/cart"), at, |cx, cart, at| {
        let outage = cx.weather.cache;
        let (cached, looked) = cx.query(cart, &CACHE, at, 0.5);
        let about = Field("user", Number(user));
        if cx.random.chance(outage) {
            cx.fail(cached, "ECONNREFUSED", "connection refused");
            cx.log(cart, Level::Warn, looked, &[Say("cache unavailable, reading from db"), about]);
            return read_from_db(cx, cart, looked, user, 38.0 + 260.0 * outage);
        }
        if cx.random.chance(0.12) {
            cx.log(cart, Level::Info, looked, &[Say("cache miss"), about]);
            return read_from_db(cx, cart, looked, user, 9.0);
        }
        cx.log(cart, Level::Debug, looked, &[Say("cache hit"), about]);
        Reply::ok(looked + cx.random_work())
    });
    reply
}

/// The database answers after `median_ms`, or the statement is cancelled after 1.5 s.
fn read_from_db(cx: &mut Recorder<'_>, cart: Node, at: Nanos, user: i64, median_ms: f64) -> Reply {
    const TIMEOUT: Nanos = 1_500_000_000;
    let (rows, end) = cx.query(cart, &CARTS, at, median_ms);
    if end - at > TIMEOUT {
        let end = at + TIMEOUT;
        cx.close(rows, end);
        cx.fail(rows, "57014", "canceling statement due to statement timeout");
        let reason = Field("error", Word("statement-timeout"));
        cx.log(cart, Level::Error, end, &[Say("cart unavailable"), Field("user", Number(user)), reason]);
        return Reply { end, status: 503 };
    }
    let took = Field("took", Millis(end - at));
    let level = if end - at > TIMEOUT / 5 { Level::Warn } else { Level::Debug };
    cx.log(cart, level, end, &[Say("cart read from db"), Field("user", Number(user)), took]);
    Reply::ok(end)
}
