//! What customers do, service by service: the calls, waits, retries and failures of each kind of request.
//!
//! One function a visit. Latencies are log-normal around medians in milliseconds; [`Weather`](super::incident::Weather)
//! makes them worse.

mod cart;
mod order;

use super::line::Datum::{Millis, Number, Word};
use super::line::Part::{Field, Say};
use super::service::Service;
use super::trace::{Database, Node, Recorder, Reply, Route};
use crate::model::{Level, Nanos};

pub(super) use order::{Message, notify};

const PRODUCTS: Database = Database {
    system: "postgresql",
    operation: "SELECT",
    target: "products",
    text: "SELECT id, title, price_id FROM products WHERE category = $1 ORDER BY rank LIMIT 24",
    host: "catalog-db-0",
};
const STOCK: Database = Database {
    system: "postgresql",
    operation: "SELECT",
    target: "stock",
    text: "SELECT available FROM stock WHERE sku = $1",
    host: "inventory-db-0",
};
const ACCOUNTS: Database = Database {
    system: "postgresql",
    operation: "SELECT",
    target: "accounts",
    text: "SELECT id, password_hash FROM accounts WHERE email = $1",
    host: "auth-db-0",
};

/// A customer's request that reaches the frontend at `at`. Returns the message it put into the queue, if any.
pub(super) fn visit(cx: &mut Recorder<'_>, at: Nanos) -> Option<Message> {
    let user = i64::from(1000 + cx.random.below(9000));
    match cx.random.below(100) {
        0..=31 => page(cx, at, ("GET", "/products"), browse),
        32..=51 => page(cx, at, ("GET", "/products/:id"), product),
        52..=69 => page(cx, at, ("GET", "/cart"), |cx, gateway, at| cart::show(cx, gateway, at, user)),
        70..=79 => page(cx, at, ("POST", "/cart/items"), |cx, gateway, at| cart::add(cx, gateway, at, user)),
        80..=86 => page(cx, at, ("POST", "/login"), |cx, gateway, at| login(cx, gateway, at, user)),
        _ => {
            let mut message = None;
            page(cx, at, ("POST", "/orders"), |cx, gateway, at| order::place(cx, gateway, at, user, &mut message));
            return message;
        }
    }
    None
}

/// A request through frontend and gateway; `serve` is what the gateway does for it.
fn page(cx: &mut Recorder<'_>, at: Nanos, route: Route, serve: impl FnOnce(&mut Recorder<'_>, Node, Nanos) -> Reply) {
    let root = cx.serve(None, Service::Frontend, route, at);
    cx.set(root, "user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)");
    let called = at + cx.random.latency(0.6, 0.4);
    let (_, reply) = cx.call(root, Service::ApiGateway, route, called, |cx, gateway, at| {
        let reply = serve(cx, gateway, at);
        // What the shop's own services fail with is a bad gateway to the outside.
        let reply = Reply { status: if reply.is_failure() { 502 } else { reply.status }, ..reply };
        gateway_log(cx, gateway, route, at, reply);
        reply
    });
    let end = reply.end + cx.random.latency(0.8, 0.5);
    let reply = Reply { end, ..reply };
    cx.respond(root, reply);
    let level = if reply.is_failure() { Level::Error } else { Level::Info };
    cx.log(
        root,
        level,
        end,
        &[
            Say(route.0),
            Say(route.1),
            Field("status", Number(i64::from(reply.status))),
            Field("duration", Millis(end - at)),
        ],
    );
}

fn gateway_log(cx: &mut Recorder<'_>, gateway: Node, route: Route, at: Nanos, reply: Reply) {
    const SLOW: Nanos = 800_000_000;
    let took = Field("duration", Millis(reply.end - at));
    if reply.is_failure() {
        cx.log(gateway, Level::Error, reply.end, &[Say("upstream failed"), Field("route", Word(route.1)), took]);
    } else if reply.end - at > SLOW {
        cx.log(gateway, Level::Warn, reply.end, &[Say("slow upstream"), Field("route", Word(route.1)), took]);
    } else {
        cx.log(gateway, Level::Debug, reply.end, &[Say("proxied"), Field("route", Word(route.1)), took]);
    }
}

/// Verifies the customer's token; every request of a known customer begins with it.
fn authenticate(cx: &mut Recorder<'_>, from: Node, at: Nanos, user: i64) -> Nanos {
    let (_, reply) = cx.call(from, Service::Auth, ("POST", "/token/verify"), at, |cx, auth, at| {
        let end = at + cx.random.latency(1.4, 0.4);
        let words = if cx.random.chance(0.1) { "token refreshed" } else { "token verified" };
        cx.log(auth, Level::Debug, end, &[Say(words), Field("user", Number(user))]);
        Reply::ok(end)
    });
    reply.end
}

fn browse(cx: &mut Recorder<'_>, gateway: Node, at: Nanos) -> Reply {
    let (_, reply) = cx.call(gateway, Service::Catalog, ("GET", "/search"), at, |cx, catalog, at| {
        let ready = at + cx.random_work();
        let (rows, found) = cx.query(catalog, &PRODUCTS, ready, 6.0);
        if cx.random.chance(0.003) {
            cx.fail(rows, "40P01", "deadlock detected");
            cx.log(
                catalog,
                Level::Error,
                found,
                &[Say("search failed: deadlock detected"), Field("code", Word("40P01"))],
            );
            return Reply { end: found, status: 500 };
        }
        let hits = i64::from(cx.random.below(24));
        cx.set(rows, "db.response.returned_rows", hits);
        let priced = price(cx, catalog, found, "/prices");
        let took = Field("took", Millis(priced - at));
        cx.log(catalog, Level::Info, priced, &[Say("search"), Field("hits", Number(hits)), took]);
        Reply::ok(priced)
    });
    reply
}

fn product(cx: &mut Recorder<'_>, gateway: Node, at: Nanos) -> Reply {
    let sku = i64::from(10_000 + cx.random.below(5000));
    let (_, shown) = cx.call(gateway, Service::Catalog, ("GET", "/products/:id"), at, |cx, catalog, at| {
        let (_, found) = cx.query(catalog, &PRODUCTS, at, 3.0);
        let priced = price(cx, catalog, found, "/prices");
        cx.log(catalog, Level::Debug, priced, &[Say("product"), Field("sku", Number(sku))]);
        Reply::ok(priced)
    });
    // Stock is asked for at the same time as the product.
    let (_, stock) = cx.call(gateway, Service::Inventory, ("GET", "/stock/:sku"), at, |cx, inventory, at| {
        let (_, end) = cx.query(inventory, &STOCK, at, 2.5);
        cx.log(
            inventory,
            Level::Info,
            end,
            &[Say("stock read"), Field("sku", Number(sku)), Field("available", Number(sku % 40))],
        );
        Reply::ok(end)
    });
    Reply { end: shown.end.max(stock.end), ..shown }
}

fn login(cx: &mut Recorder<'_>, gateway: Node, at: Nanos, user: i64) -> Reply {
    let (_, reply) = cx.call(gateway, Service::Auth, ("POST", "/login"), at, |cx, auth, at| {
        let (_, found) = cx.query(auth, &ACCOUNTS, at, 2.0);
        let end = found + cx.random.latency(58.0, 0.1);
        if cx.random.chance(0.06) {
            cx.log(
                auth,
                Level::Warn,
                end,
                &[Say("login refused"), Field("user", Number(user)), Field("reason", Word("password"))],
            );
            return Reply { end, status: 401 };
        }
        cx.log(auth, Level::Info, end, &[Say("login"), Field("user", Number(user)), Field("method", Word("password"))]);
        Reply::ok(end)
    });
    reply
}

/// Asks for prices. Returns when they came.
fn price(cx: &mut Recorder<'_>, from: Node, at: Nanos, path: &'static str) -> Nanos {
    let (_, reply) = cx.call(from, Service::Pricing, ("POST", path), at, |cx, pricing, at| {
        let rules = cx.open_internal(pricing, Service::Pricing, "apply rules", at);
        let end = at + cx.random.latency(3.5, 0.5);
        cx.close(rules, end);
        let count = i64::from(1 + cx.random.below(5));
        cx.log(pricing, Level::Debug, end, &[Say("rules applied"), Field("count", Number(count))]);
        Reply::ok(end)
    });
    reply.end
}
