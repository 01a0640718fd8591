//! Where a source is: the host, path and parameters of its URI.

use url::Url;

use super::{Parameter, Parameters, SourceError, SourceSpec};

/// A URI taken apart. What is escaped with `%` in it is not so here.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Address {
    /// Who to be, when the URI says so in front of an `@`. A password never stands there: see [`super::secret`].
    pub user: Option<String>,
    /// A name or an address, IPv6 without its brackets; empty when there is none.
    pub host: String,
    /// The port, if one is written.
    pub port: Option<u16>,
    /// The parts of the path between its slashes; none of them is empty.
    pub path: Vec<String>,
    /// The parameters of the URI's query and of the config's table.
    pub parameters: Parameters,
}

impl SourceSpec {
    /// Reads `rest` as `//[USER@]HOST[:PORT][/PATH][?NAME=VALUE&…]`, with only the parameters that are `known`. `example`
    /// is shown with an error.
    pub fn address(&self, known: &[&[Parameter]], example: &str) -> Result<Address, SourceError> {
        let wrong = |why: &str| {
            let scheme = &self.scheme;
            SourceError::Spec(format!("`{scheme}:{}` is no address: {why}; expected such as {example}", self.shown()))
        };
        let (before, query) = self.split();
        let Some(place) = before.strip_prefix("//") else { return Err(wrong("// is missing behind the colon")) };
        // A scheme of web pages would fill in ports and lower the case of hosts; this one does neither.
        let url = Url::parse(&format!("spantail://{place}")).map_err(|error| wrong(&error.to_string()))?;
        if url.password().is_some() {
            return Err(SourceError::Spec(format!(
                "`{}:{}` has a password in it, which others can read in the list of processes; leave it out and say \
                 where it is: password_env=NAME, password_file=PATH or password_command=COMMAND",
                self.scheme,
                self.shown()
            )));
        }
        if url.fragment().is_some() {
            return Err(wrong("a # has to be written %23"));
        }
        let host = url.host_str().map(|host| decoded(host.trim_start_matches('[').trim_end_matches(']')));
        let path = url.path().split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let user = Some(decoded(url.username())).filter(|user| !user.is_empty());
        let parameters = self.parameters(query, known)?;
        Ok(Address { user, host: host.unwrap_or_default(), port: url.port(), path, parameters })
    }

    /// Reads `rest` as `NAME[?NAME=VALUE&…]`: what stands in front of the parameters, as it is, and the parameters.
    pub fn selection(&self, known: &[&[Parameter]]) -> Result<(String, Parameters), SourceError> {
        let (before, query) = self.split();
        Ok((before.to_owned(), self.parameters(query, known)?))
    }

    fn split(&self) -> (&str, &str) {
        self.rest.split_once('?').unwrap_or((&self.rest, ""))
    }

    fn parameters(&self, query: &str, known: &[&[Parameter]]) -> Result<Parameters, SourceError> {
        let written = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        let of_table = self.options.parameters.iter().map(|(name, value)| (name.clone(), value.clone()));
        Parameters::new(written.chain(of_table), known)
    }

    /// The address as it may be shown: without what could be a password.
    fn shown(&self) -> String {
        match self.rest.split_once('@') {
            Some((user, rest)) if user.contains(':') => {
                format!("{}:…@{rest}", user.rsplit_once(':').map_or("", |(user, _)| user))
            }
            _ => self.rest.clone(),
        }
    }
}

impl Address {
    /// `HOST:PORT`, with `default` where no port is written.
    pub fn authority(&self, default: u16) -> String {
        let port = self.port.unwrap_or(default);
        if self.host.contains(':') { format!("[{}]:{port}", self.host) } else { format!("{}:{port}", self.host) }
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SourceOptions;

    const KNOWN: &[Parameter] =
        &[Parameter { name: "query", value: "QUERY", about: "" }, Parameter { name: "limit", value: "N", about: "" }];

    fn spec(rest: &str, table: &[(&str, &str)]) -> SourceSpec {
        let parameters = table.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let options = SourceOptions { parameters, ..SourceOptions::default() };
        SourceSpec { scheme: "loki+http".to_owned(), rest: rest.to_owned(), options }
    }

    fn address(rest: &str) -> Result<Address, SourceError> {
        spec(rest, &[]).address(&[KNOWN], "loki+http://localhost:3100")
    }

    #[test]
    fn an_address_is_taken_apart() {
        let got = address("//ann%40x@Loki.local:3100/a%2Fb//c?query=%7Bapp%3D%22x+y%22%7D&limit=5").unwrap();
        assert_eq!((got.user.as_deref(), &*got.host, got.port), (Some("ann@x"), "Loki.local", Some(3100)));
        assert_eq!(got.path, ["a/b", "c"]);
        assert_eq!((got.parameters.text("query"), got.parameters.text("limit")), (Some("{app=\"x y\"}"), Some("5")));
        assert_eq!(
            (&*got.authority(80), &*address("//[::1]").unwrap().authority(3100)),
            ("Loki.local:3100", "[::1]:3100")
        );
        assert_eq!(address("//").unwrap(), Address::default());
        assert_eq!(address("///12").unwrap().path, ["12"]);
    }

    #[test]
    fn the_table_says_the_same_and_wins() {
        let spec = spec("//host?query=a&limit=5", &[("query", "b")]);
        let got = spec.address(&[KNOWN], "").unwrap();
        assert_eq!((got.parameters.text("query"), got.parameters.text("limit")), (Some("b"), Some("5")));
    }

    #[test]
    fn a_password_is_refused_and_not_shown() {
        let error = address("//ann:geheim@host/x").unwrap_err().to_string();
        assert!(error.contains("password_env=NAME") && !error.contains("geheim"), "{error}");
        let error = address("ann:geheim@host").unwrap_err().to_string();
        assert!(error.contains("//") && !error.contains("geheim"), "{error}");
    }

    #[test]
    fn what_is_no_address_is_told_with_an_example() {
        for rest in ["host", "//host:port", "//host#x", "//[::1"] {
            let error = address(rest).unwrap_err().to_string();
            assert!(error.contains("loki+http://localhost:3100") && error.contains(rest), "{error}");
        }
        assert!(address("//host?limitt=5").unwrap_err().to_string().contains("`limit`"));
    }

    #[test]
    fn a_selection_keeps_its_name_as_it_is() {
        let (name, parameters) = spec("web-*%41?limit=3", &[]).selection(&[KNOWN]).unwrap();
        assert_eq!((&*name, parameters.text("limit")), ("web-*%41", Some("3")));
    }
}
