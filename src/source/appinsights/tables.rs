//! The two sets of names for the same tables and columns: an application's own, and those of a workspace. Here the
//! application's names count.

/// Which names hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Schema {
    /// `requests`, `operation_Id`.
    Application,
    /// `AppRequests`, `OperationId`.
    Workspace,
}

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Item {
    Request,
    Dependency,
    PageView,
    Availability,
    Exception,
    Trace,
    CustomEvent,
}

/// A table: an application's name for it, a workspace's, what its rows say they are, and what that means. Those of spans
/// stand first.
const TABLES: &[(&str, &str, &str, Item)] = &[
    ("requests", "AppRequests", "request", Item::Request),
    ("dependencies", "AppDependencies", "dependency", Item::Dependency),
    ("pageViews", "AppPageViews", "pageView", Item::PageView),
    ("availabilityResults", "AppAvailabilityResults", "availabilityResult", Item::Availability),
    ("exceptions", "AppExceptions", "exception", Item::Exception),
    ("traces", "AppTraces", "trace", Item::Trace),
    ("customEvents", "AppEvents", "customEvent", Item::CustomEvent),
];

/// How many of [`TABLES`] hold spans.
const OF_SPANS: usize = 4;

/// A column: an application's name for it, and a workspace's.
const COLUMNS: &[(&str, &str)] = &[
    ("timestamp", "TimeGenerated"),
    ("id", "Id"),
    ("operation_Id", "OperationId"),
    ("operation_ParentId", "ParentId"),
    ("operation_Name", "OperationName"),
    ("operation_SyntheticSource", "SyntheticSource"),
    ("name", "Name"),
    ("duration", "DurationMs"),
    ("success", "Success"),
    ("resultCode", "ResultCode"),
    ("performanceBucket", "PerformanceBucket"),
    ("cloud_RoleName", "AppRoleName"),
    ("cloud_RoleInstance", "AppRoleInstance"),
    ("application_Version", "AppVersion"),
    ("customDimensions", "Properties"),
    ("customMeasurements", "Measurements"),
    ("type", "DependencyType"),
    ("type", "ExceptionType"),
    ("target", "Target"),
    ("data", "Data"),
    ("url", "Url"),
    ("source", "Source"),
    ("itemCount", "ItemCount"),
    ("itemType", "Type"),
    ("itemId", "_ItemId"),
    ("message", "Message"),
    ("severityLevel", "SeverityLevel"),
    ("problemId", "ProblemId"),
    ("handledAt", "HandledAt"),
    ("assembly", "Assembly"),
    ("method", "Method"),
    ("outerAssembly", "OuterAssembly"),
    ("outerMessage", "OuterMessage"),
    ("outerMethod", "OuterMethod"),
    ("outerType", "OuterType"),
    ("innermostAssembly", "InnermostAssembly"),
    ("innermostMessage", "InnermostMessage"),
    ("innermostMethod", "InnermostMethod"),
    ("innermostType", "InnermostType"),
    ("details", "Details"),
    ("session_Id", "SessionId"),
    ("user_Id", "UserId"),
    ("user_AuthenticatedId", "UserAuthenticatedId"),
    ("user_AccountId", "UserAccountId"),
    ("client_Type", "ClientType"),
    ("client_Model", "ClientModel"),
    ("client_OS", "ClientOS"),
    ("client_IP", "ClientIP"),
    ("client_City", "ClientCity"),
    ("client_StateOrProvince", "ClientStateOrProvince"),
    ("client_CountryOrRegion", "ClientCountryOrRegion"),
    ("client_Browser", "ClientBrowser"),
    ("sdkVersion", "SDKVersion"),
    ("iKey", "IKey"),
    ("location", "Location"),
    ("size", "Size"),
];

impl Schema {
    /// What the service calls a column.
    pub(super) fn column(self, name: &'static str) -> &'static str {
        match self {
            Self::Application => name,
            Self::Workspace => COLUMNS.iter().find(|(ours, _)| *ours == name).map_or(name, |(_, theirs)| theirs),
        }
    }

    /// What the service calls the table of these rows.
    pub(super) fn table(self, item: Item) -> &'static str {
        TABLES.iter().find(|table| table.3 == item).map_or("requests", |table| self.name(table))
    }

    /// The tables of spans, with commas between.
    pub(super) fn of_spans(self) -> String {
        let names: Vec<&str> = TABLES.iter().take(OF_SPANS).map(|table| self.name(table)).collect();
        names.join(", ")
    }

    /// All tables, with commas between.
    pub(super) fn all(self) -> String {
        TABLES.iter().map(|table| self.name(table)).collect::<Vec<_>>().join(", ")
    }

    fn name(self, table: &(&'static str, &'static str, &str, Item)) -> &'static str {
        if self == Self::Workspace { table.1 } else { table.0 }
    }
}

/// An application's name for a column of either set.
pub(super) fn canonical(column: &str) -> &str {
    COLUMNS.iter().find(|(_, theirs)| *theirs == column).map_or(column, |(ours, _)| ours)
}

/// What a row that says it is `kind` (`request`, `AppRequests`) is.
pub(super) fn item(kind: &str) -> Option<Item> {
    let is_it = |name: &str| name.eq_ignore_ascii_case(kind);
    TABLES.iter().find(|table| is_it(table.1) || is_it(table.2)).map(|table| table.3)
}

impl Item {
    /// Whether its rows are spans.
    pub(super) fn is_span(self) -> bool {
        TABLES.iter().take(OF_SPANS).any(|table| table.3 == self)
    }
}
