//! The services of the shop: what they are called, what they run on and how they write their logs.

use std::collections::HashMap;
use std::sync::Arc;

use super::line::Format;
use crate::model::{Attributes, Key, Resource, Scope, Value};

/// A service of the shop.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Service {
    /// The web server that browsers talk to.
    Frontend,
    /// Routes and authenticates what the frontend asks for.
    ApiGateway,
    /// Tokens and logins.
    Auth,
    /// Products and their search.
    Catalog,
    /// Shopping carts, in a cache with a database behind it.
    Cart,
    /// Turns carts into orders.
    Checkout,
    /// Stock and its reservation.
    Inventory,
    /// Prices, discounts, tax.
    Pricing,
    /// Charges cards, with retries.
    Payment,
    /// The bank's gateway, run by somebody else.
    Bank,
    /// Parcels and labels; takes orders from a queue.
    Shipping,
    /// Mails; takes orders from a queue.
    Notification,
}

/// What is said of one service.
struct Profile {
    name: &'static str,
    version: &'static str,
    language: &'static str,
    scope: &'static str,
    logger: &'static str,
    format: Format,
}

impl Service {
    /// All services, callers before the called.
    pub const ALL: [Self; 12] = [
        Self::Frontend,
        Self::ApiGateway,
        Self::Auth,
        Self::Catalog,
        Self::Cart,
        Self::Checkout,
        Self::Inventory,
        Self::Pricing,
        Self::Payment,
        Self::Bank,
        Self::Shipping,
        Self::Notification,
    ];

    /// Its `service.name`, which is also what its log is called.
    pub fn name(self) -> &'static str {
        self.profile().name
    }

    /// The name of its logger, for the formats that write one.
    pub(super) fn logger(self) -> &'static str {
        self.profile().logger
    }

    /// How it writes its log.
    pub(super) fn format(self) -> Format {
        self.profile().format
    }

    fn profile(self) -> Profile {
        use Format::{Logfmt, Pino, Python, Zap};
        let (name, version, language, scope, logger, format) = match self {
            Self::Frontend => ("frontend", "5.8.1", "nodejs", "@opentelemetry/instrumentation-http", "web", Pino),
            Self::ApiGateway => ("api-gateway", "1.21.0", "go", "otelhttp", "proxy/handler.go:118", Zap),
            Self::Auth => ("auth", "3.2.7", "go", "otelgrpc", "token/verify.go:64", Zap),
            Self::Catalog => ("catalog", "2.0.3", "java", "io.opentelemetry.spring-webmvc-6.0", "search", Logfmt),
            Self::Cart => ("cart", "4.11.0", "go", "otelhttp", "store/cart.go:203", Zap),
            Self::Checkout => ("checkout", "7.3.2", "java", "io.opentelemetry.spring-webmvc-6.0", "orders", Logfmt),
            Self::Inventory => {
                ("inventory", "2.13.4", "python", "instrumentation.fastapi", "inventory.app.stock", Python)
            }
            Self::Pricing => ("pricing", "1.9.0", "python", "instrumentation.flask", "pricing.app.quote", Python),
            Self::Payment => ("payment", "6.0.5", "nodejs", "@opentelemetry/instrumentation-undici", "charge", Pino),
            Self::Bank => ("bank", "2024.11", "java", "io.opentelemetry.jaxrs", "authorise", Logfmt),
            Self::Shipping => ("shipping", "3.3.0", "rust", "rdkafka", "label", Logfmt),
            Self::Notification => {
                ("notification", "1.4.2", "python", "instrumentation.kafka", "notification.worker", Python)
            }
        };
        Profile { name, version, language, scope, logger, format }
    }
}

/// The version of the inventory service that carries the bug.
pub(super) const BAD_VERSION: &str = "2.14.0";

/// Replicas per service; a trace stays on one replica of each.
const REPLICAS: usize = 2;

/// What is made once and shared by all spans: resources, scopes and attribute keys.
#[derive(Debug)]
pub(super) struct Shared {
    resources: Vec<Arc<Resource>>,
    bad_inventory: Vec<Arc<Resource>>,
    scopes: Vec<Arc<Scope>>,
    keys: HashMap<&'static str, Key>,
}

impl Shared {
    pub(super) fn new() -> Self {
        let replicas = |service: Service, version: &'static str| {
            (0..REPLICAS).map(move |replica| Arc::new(resource(service, version, replica)))
        };
        Self {
            resources: Service::ALL.into_iter().flat_map(|it| replicas(it, it.profile().version)).collect(),
            bad_inventory: replicas(Service::Inventory, BAD_VERSION).collect(),
            scopes: Service::ALL.into_iter().map(|it| Arc::new(scope(it))).collect(),
            keys: HashMap::new(),
        }
    }

    /// The resource of a replica of `service`; `draw` chooses the replica.
    pub(super) fn resource(&self, service: Service, is_bad_version: bool, draw: u64) -> Arc<Resource> {
        let replica = usize::from(draw % 2 == 1);
        let found = if is_bad_version && service == Service::Inventory {
            self.bad_inventory.get(replica)
        } else {
            self.resources.get(service as usize * REPLICAS + replica)
        };
        found.cloned().unwrap_or_default()
    }

    /// The instrumentation scope of `service`.
    pub(super) fn scope(&self, service: Service) -> Arc<Scope> {
        self.scopes.get(service as usize).cloned().unwrap_or_default()
    }

    /// The shared form of an attribute's name.
    pub(super) fn key(&mut self, name: &'static str) -> Key {
        Arc::clone(self.keys.entry(name).or_insert_with(|| name.into()))
    }
}

fn resource(service: Service, version: &str, replica: usize) -> Resource {
    let Profile { name, language, .. } = service.profile();
    let pod = format!("{name}-{}-{replica}", version.replace('.', ""));
    let pairs = [
        ("service.name", Value::from(name)),
        ("service.namespace", "shop".into()),
        ("service.version", version.into()),
        ("service.instance.id", pod.clone().into()),
        ("host.name", format!("node-{}", (service as usize + 2 * replica) % 5 + 1).into()),
        ("k8s.pod.name", pod.into()),
        ("deployment.environment", "demo".into()),
        ("telemetry.sdk.language", language.into()),
    ];
    Resource { attributes: pairs.into_iter().collect::<Attributes>() }
}

fn scope(service: Service) -> Scope {
    Scope { name: service.profile().scope.into(), version: "0.51.0".into(), attributes: Attributes::default() }
}
