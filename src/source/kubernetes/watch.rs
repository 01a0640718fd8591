//! List, then watch: what there is, and what becomes of it, without a hole between the two.
//!
//! The list's `resourceVersion` is where the watch begins; each event's, bookmarks included, is where it goes on after it
//! broke. When the server has forgotten that version (410, as an answer or as an event), all is listed again. Versions are
//! opaque: they are kept and given back, never compared.

use serde::de::DeserializeOwned;

use super::api::{Answer, Api, Query};
use super::failure::{Failure, Refusal};
use super::object::{Status, Versioned, Watched};
use crate::source::retry::Trouble;

/// What is watched, and from where on.
pub(super) struct Watch {
    resource: &'static str,
    query: Query<'static>,
    /// The version that all changes are known up to; `None` when everything has to be listed.
    version: Option<String>,
}

/// What has become of an object.
#[derive(Debug)]
pub(super) enum Change<T> {
    /// It is there, and so.
    Is(T),
    /// It is gone, and was so.
    Gone(T),
    /// Nothing that matters here.
    Nothing,
    /// The event could not be read.
    Garbled,
}

impl Watch {
    pub(super) fn new(resource: &'static str, query: Query<'static>) -> Self {
        Self { resource, query, version: None }
    }

    /// Everything that is there, if it has to be listed.
    pub(super) async fn listed<T: DeserializeOwned>(&mut self, api: &Api) -> Result<Option<Vec<T>>, Trouble> {
        if self.version.is_some() {
            return Ok(None);
        }
        let listed = api.list(self.resource, &self.query).await;
        let (items, version) = listed.map_err(|failure| failure.trouble("list", self.resource))?;
        self.version = Some(version);
        Ok(Some(items))
    }

    /// Opens the watch; `None` when everything has to be listed again.
    pub(super) async fn open(&mut self, api: &Api) -> Result<Option<Answer>, Trouble> {
        let Some(version) = &self.version else { return Ok(None) };
        match api.watch(self.resource, &self.query, version).await {
            Ok(answer) => Ok(Some(answer)),
            Err(Failure::Refused(refusal)) if refusal.is_expired() => {
                self.version = None;
                Ok(None)
            }
            Err(failure) => Err(failure.trouble("watch", self.resource)),
        }
    }

    /// What a line of the watch says. An error ends the watch; when the version is too old, it is listed again.
    pub(super) fn read<T: DeserializeOwned>(&mut self, line: &[u8], server: &str) -> Result<Change<T>, Trouble> {
        let Ok(Watched { kind, object }) = serde_json::from_slice(line) else { return Ok(Change::Garbled) };
        if kind == "ERROR" {
            let status: Status = serde_json::from_str(object.get()).unwrap_or_default();
            self.version = None;
            let Status { message, reason, code } = status;
            let refusal = Refusal { code, reason, message, after: None, server: server.to_owned() };
            if refusal.is_expired() {
                return Ok(Change::Nothing);
            }
            return Err(Trouble::passing(refusal.told("watch", self.resource)));
        }
        if let Ok(Versioned { metadata }) = serde_json::from_str(object.get())
            && !metadata.resource_version.is_empty()
        {
            self.version = Some(metadata.resource_version);
        }
        if !matches!(kind, "ADDED" | "MODIFIED" | "DELETED") {
            return Ok(Change::Nothing);
        }
        Ok(match serde_json::from_str(object.get()) {
            Ok(object) if kind == "DELETED" => Change::Gone(object),
            Ok(object) => Change::Is(object),
            Err(_) => Change::Garbled,
        })
    }

    /// Whether everything has to be listed again.
    pub(super) fn has_expired(&self) -> bool {
        self.version.is_none()
    }
}
