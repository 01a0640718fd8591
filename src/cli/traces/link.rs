//! `spantail traces link`: where a person looks at a trace with a browser. Asks nobody.

use std::io::IsTerminal as _;

use anyhow::bail;
use clap::Args;

use super::asking::{AskingArgs, ids};
use crate::cli::Ending;
use crate::cli::output::Out;
use crate::theme::safe::safe;

/// Arguments of `traces link`.
#[derive(Args, Clone, Debug)]
pub(super) struct LinkArgs {
    /// The trace, in any notation of its id
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    asking: AskingArgs,
}

/// Prints the address that each backend has for the trace, one a line.
pub(super) fn run(args: &LinkArgs) -> anyhow::Result<Ending> {
    let ids = ids(&args.id)?;
    let (_, _, feeds) = args.asking.feeds()?;
    let id = ids.first().copied();
    let links = feeds.iter().filter_map(|feed| Some((feed.label(), feed.source.backend()?.link(id?)?)));
    let links: Vec<(String, String)> = links.collect();
    if links.is_empty() {
        bail!(
            "no backend has a page for a trace; link=http://jaeger.local/trace/{{trace_id}} in its parameters names one"
        );
    }
    let mut out = Out::default();
    for (label, link) in &links {
        let (label, link) = (safe(label), safe(link));
        let name = if links.len() > 1 { format!("{label}  ") } else { String::new() };
        // A terminal that knows OSC 8 lets one click on it; the others show the same.
        let line = if std::io::stdout().is_terminal() {
            format!("{name}\x1b]8;;{link}\x1b\\{link}\x1b]8;;\x1b\\\n")
        } else {
            format!("{name}{link}\n")
        };
        out.buf.extend_from_slice(line.as_bytes());
    }
    out.flush()?;
    Ok(Ending::Done)
}
