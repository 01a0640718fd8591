//! Searching from a time on, page by page, in the order of time.
//!
//! Most rounds of a live tail have one page, which is asked for as it is. Where there are more, the rest is read from a
//! point in time, so that nothing moves meanwhile; there Elasticsearch tells documents of one millisecond apart, and
//! `search_after` goes on behind the last. Without that, a full page's last millisecond is left to the next page, which
//! has it whole; one of more documents than a page holds is asked for with a larger page.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::answer::{Found, Hit};
use super::client::{Asker, Cluster, Refused};
use super::settings::{MAX_PAGE, Settings};
use crate::model::Nanos;
use crate::source::http;
use crate::source::retry::Trouble;

/// So many documents are asked for at once.
const PAGE: usize = 1000;
/// And so many at least, where documents are so long that an answer can not hold more.
const SMALLEST: usize = 8;
const MILLISECOND: Nanos = 1_000_000;
/// The last second that nanoseconds can tell, in 2262, in milliseconds: a document behind it would make the search fail.
const LAST: i64 = 9_223_372_036_000;

/// One search, page by page.
pub(super) struct Pages {
    /// The next page begins at this millisecond, or behind `after`.
    from: i64,
    size: usize,
    /// The largest page that may be asked for.
    largest: usize,
    point: Option<String>,
    after: Vec<Box<RawValue>>,
    /// Whether points in time may be opened.
    may_open: bool,
}

/// One page.
pub(super) struct Page {
    pub(super) found: Found,
    pub(super) is_last: bool,
    /// A millisecond with more documents than the server gives at once: some of them are missing.
    pub(super) torn: Option<Nanos>,
}

impl Pages {
    /// All since `from`.
    pub(super) fn since(from: Nanos, may_open: bool) -> Self {
        Self {
            from: from.div_euclid(MILLISECOND),
            size: PAGE,
            largest: MAX_PAGE,
            point: None,
            after: Vec::new(),
            may_open,
        }
    }

    /// Asks for the next page. After trouble it can be asked for again.
    pub(super) async fn next(
        &mut self,
        asker: &Asker<'_>,
        cluster: &Cluster,
        wants_fields: bool,
    ) -> Result<Page, Trouble> {
        loop {
            let mut body = query(asker.settings, cluster, self.from, "asc", self.size, wants_fields);
            if let (Some(point), Some(body)) = (&self.point, body.as_object_mut()) {
                body.insert("pit".to_owned(), Asker::point(point));
                if !self.after.is_empty() {
                    body.insert("search_after".to_owned(), json!(self.after));
                }
            }
            let found = match asker.search(&body).await {
                Err(Refused::PointIsGone) if self.point.is_some() => {
                    (self.point, self.after) = (None, Vec::new());
                    continue;
                }
                Err(Refused::PointIsGone) => return Err(Trouble::passing("the search was lost by the server")),
                Err(Refused::Trouble(trouble)) if http::is_too_long(&trouble) && self.size > SMALLEST => {
                    self.size = (self.size / 4).max(SMALLEST);
                    self.largest = self.size;
                    continue;
                }
                Err(Refused::Trouble(trouble)) => return Err(trouble),
                Ok(found) => found,
            };
            if let Some(page) = self.cut(found, cluster) {
                if !page.is_last && self.point.is_none() && self.may_open {
                    self.open(asker, cluster).await;
                }
                return Ok(page);
            }
        }
    }

    /// Gives back what the server keeps for it.
    pub(super) async fn close(&mut self, asker: &Asker<'_>, cluster: &Cluster) {
        if let Some(point) = self.point.take() {
            asker.close_point(cluster, &point).await;
        }
    }

    /// Whether points in time may be opened, as far as was found out.
    pub(super) fn may_open(&self) -> bool {
        self.may_open
    }

    async fn open(&mut self, asker: &Asker<'_>, cluster: &Cluster) {
        match asker.open_point(cluster).await {
            Ok(point) => self.point = Some(point),
            Err(_) => self.may_open = false,
        }
    }

    /// Moves behind what was found. `None`: a larger page is needed.
    fn cut(&mut self, mut found: Found, cluster: &Cluster) -> Option<Page> {
        if let Some(newer) = found.pit_id.take()
            && self.point.is_some()
        {
            self.point = Some(newer);
        }
        let milliseconds = |hit: &Hit| hit.time().unwrap_or(0).div_euclid(MILLISECOND);
        let hits = &mut found.hits.hits;
        let (Some(first), Some(last)) = (hits.first(), hits.last()) else {
            return Some(Page { found, is_last: true, torn: None });
        };
        let (oldest, newest) = (milliseconds(first), milliseconds(last));
        let is_last = hits.len() < self.size;
        if is_last || (self.point.is_some() && cluster.has_tiebreaker()) {
            self.after = last.sort.iter().map(|value| RawValue::to_owned(value)).collect();
            // Where to go on should the point in time be lost.
            self.from = self.from.max(newest);
            if is_last || !self.after.is_empty() {
                return Some(Page { found, is_last, torn: None });
            }
        }
        if newest > oldest {
            hits.retain(|hit| milliseconds(hit) != newest);
            self.from = newest;
            return Some(Page { found, is_last, torn: None });
        }
        if self.size < self.largest {
            self.size = (self.size * 4).min(self.largest);
            return None;
        }
        self.from = newest + 1;
        Some(Page { found, is_last, torn: Some(newest * MILLISECOND) })
    }
}

/// The body of a search from the millisecond `from` on, in the order `asc` or `desc` of time.
pub(super) fn query(
    settings: &Settings,
    cluster: &Cluster,
    from: i64,
    order: &str,
    size: usize,
    wants_fields: bool,
) -> Value {
    let time = &settings.time_field;
    let mut filter = vec![json!({"range": {time: {"gte": from, "lte": LAST, "format": "epoch_millis"}}})];
    if let Some(query) = &settings.query {
        filter.push(json!({"query_string": {"query": query}}));
    }
    let mut sort = json!({"order": order, "unmapped_type": "date"});
    if cluster.compares_nanos()
        && let Some(sort) = sort.as_object_mut()
    {
        sort.insert("numeric_type".to_owned(), json!("date_nanos"));
    }
    let mut body = json!({
        "size": size,
        "query": {"bool": {"filter": filter}},
        "sort": [{time: sort}],
        "track_total_hits": false,
    });
    if wants_fields && let Some(body) = body.as_object_mut() {
        body.insert("fields".to_owned(), json!(["*"]));
    }
    body
}
