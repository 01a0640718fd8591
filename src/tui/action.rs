//! Everything that a user can ask for, by name.
//!
//! Keymaps, the command palette, the help and the documentation all derive from the one table below. An action is a
//! verb on meaning (`open-trace`), never on a key. To add one: a line here, a key in `keymaps/default.toml` if it
//! deserves one, and its case where the state is updated.

/// Writes the enum, the names, the doc lines and the listing from one table.
macro_rules! actions {
    ($(#[doc = $doc:literal] $variant:ident = $name:literal,)+) => {
        /// Something that a user can ask for.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Action { $(#[doc = $doc] $variant,)+ }

        impl Action {
            /// All actions, in the order in which a help page lists them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in keymaps and in the command palette, in kebab-case.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it does, in one line without a full stop.
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $doc.trim_ascii(),)+ }
            }
        }
    };
}

actions! {
    /// Quit
    Quit = "quit",
    /// Show the keys of this pane
    Help = "help",
    /// Open the command palette
    Palette = "palette",
    /// Draw the screen anew
    Redraw = "redraw",
    /// Leave to the shell for a while
    Suspend = "suspend",
    /// Go to the logs
    FocusLogs = "focus-logs",
    /// Go to the traces
    FocusTraces = "focus-traces",
    /// Go to the services
    FocusServices = "focus-services",
    /// Go to the sources
    FocusSources = "focus-sources",
    /// Go to the next pane
    NextPane = "next-pane",
    /// Go to the previous pane
    PreviousPane = "previous-pane",
    /// Select the next row
    SelectNext = "select-next",
    /// Select the previous row
    SelectPrevious = "select-previous",
    /// Move one page down
    PageDown = "page-down",
    /// Move one page up
    PageUp = "page-up",
    /// Move half a page down
    HalfPageDown = "half-page-down",
    /// Move half a page up
    HalfPageUp = "half-page-up",
    /// Select the first row
    SelectFirst = "select-first",
    /// Select the last row
    SelectLast = "select-last",
    /// Scroll to the left
    ScrollLeft = "scroll-left",
    /// Scroll to the right
    ScrollRight = "scroll-right",
    /// Go deeper: from a line to its record, its trace, a span, that span's logs
    DrillDown = "drill-down",
    /// Go back to where one was
    Back = "back",
    /// Search
    Search = "search",
    /// Go to the next match
    SearchNext = "search-next",
    /// Go to the previous match
    SearchPrevious = "search-previous",
    /// Filter
    Filter = "filter",
    /// Clear the filter
    ClearFilter = "clear-filter",
    /// Go to the next record
    NextRecord = "next-record",
    /// Go to the previous record
    PreviousRecord = "previous-record",
    /// Show only what has the same value in this field
    FilterByField = "filter-by-field",
    /// Hide what has the same value in this field
    ExcludeField = "exclude-field",
    /// Show all lines around this one, or go back to the filter
    Surroundings = "surroundings",
    /// Show 0, 1, 3 or 10 lines around each match of the filter
    CycleContext = "cycle-context",
    /// Move through time in the histogram, or leave it
    FocusHistogram = "focus-histogram",
    /// Begin a range of time, or give it up
    SelectRange = "select-range",
    /// Show less time, in finer steps
    ZoomIn = "zoom-in",
    /// Show more time, in coarser steps
    ZoomOut = "zoom-out",
    /// Show all the time there is
    ZoomAll = "zoom-all",
    /// Follow what arrives, or stop following
    ToggleFollow = "toggle-follow",
    /// Freeze what is shown, or let it move again
    TogglePause = "toggle-pause",
    /// Open the trace of this line
    OpenTrace = "open-trace",
    /// Find traces, in memory and in all backends
    FindTraces = "find-traces",
    /// Ask the backends for this, again as well
    FetchTrace = "fetch-trace",
    /// Open this trace in a browser, or copy its address
    OpenLink = "open-link",
    /// Show the logs of this span; again: of its trace
    ShowLogs = "show-logs",
    /// Show the logs of this service
    ServiceLogs = "service-logs",
    /// Go to the next error
    NextError = "next-error",
    /// Go to the previous error
    PreviousError = "previous-error",
    /// Mark this row, or take the mark off
    Mark = "mark",
    /// Choose a mark and go there
    GoToMark = "go-to-mark",
    /// Go to the next mark
    NextMark = "next-mark",
    /// Give this pane the whole screen, or give it back
    ToggleZoom = "toggle-zoom",
    /// Wrap long lines, or cut them
    ToggleWrap = "toggle-wrap",
    /// Show times in the next format
    ToggleTimeFormat = "toggle-time-format",
    /// Copy the selected row
    Copy = "copy",
    /// Choose, order and size the columns
    Columns = "columns",
    /// Show this as a column, or take it away
    ToggleColumn = "toggle-column",
    /// Move this column to the left
    MoveColumnLeft = "move-column-left",
    /// Move this column to the right
    MoveColumnRight = "move-column-right",
    /// Make this column narrower
    NarrowColumn = "narrow-column",
    /// Make this column wider
    WidenColumn = "widen-column",
    /// Let this column have the width it needs
    FitColumn = "fit-column",
    /// Add a column by the name of its field
    AddColumn = "add-column",
    /// Show the usual columns again
    ResetColumns = "reset-columns",
    /// Show statistics of all lines
    Statistics = "statistics",
    /// Save the session to a file
    SaveSession = "save-session",
    /// Add a source by its path or URI
    AddSource = "add-source",
    /// Switch this source off, or on again
    ToggleSource = "toggle-source",
    /// Try this source again now
    RestartSource = "restart-source",
    /// Take this source away; the lines it brought stay
    RemoveSource = "remove-source",
    /// Collapse what is below this row
    Collapse = "collapse",
    /// Expand what is below this row
    Expand = "expand",
    /// Collapse or expand what is below this row
    ToggleCollapse = "toggle-collapse",
    /// Collapse everything
    CollapseAll = "collapse-all",
    /// Expand everything
    ExpandAll = "expand-all",
    /// Show one level less of the tree
    CollapseLevel = "collapse-level",
    /// Show one level more of the tree
    ExpandLevel = "expand-level",
    /// Fold away short spans, longer ones each time
    FoldShort = "fold-short",
    /// Fold away fewer of the short spans
    UnfoldShort = "unfold-short",
    /// Fold or unfold all records of several lines
    ToggleFolds = "toggle-folds",
    /// Show this another way: as a table, as a flame graph
    NextView = "next-view",
    /// Show this as it was shown before that
    PreviousView = "previous-view",
    /// Sort by the next column
    SortNext = "sort-next",
    /// Sort by the previous column
    SortPrevious = "sort-previous",
    /// Turn the order round
    SortReverse = "sort-reverse",
    /// Compare this trace with the marked or the usual one
    Compare = "compare",
    /// Compare the two traces the other way round
    SwapSides = "swap-sides",
    /// Show an earlier time
    PanLeft = "pan-left",
    /// Show a later time
    PanRight = "pan-right",
    /// Show the time of this span alone
    ZoomToSpan = "zoom-to-span",
    /// Go to the next span on the critical path
    NextCritical = "next-critical",
    /// Go to the previous span on the critical path
    PreviousCritical = "previous-critical",
    /// Show the critical path alone, or everything again
    CriticalPathOnly = "critical-path-only",
    /// Go to where the error began
    ErrorOrigin = "error-origin",
    /// Follow a link of this span, or one that leads to it
    FollowLink = "follow-link",
    /// Correct clocks that differ, or show times as they came
    CorrectClocks = "correct-clocks",
    /// Select the next call of this service
    NextEdge = "next-edge",
    /// Select the previous call of this service
    PreviousEdge = "previous-edge",
    /// Show what is around this service alone, or all services again
    ShowAround = "show-around",
    /// Show services 1, 2 or 3 calls away from this one
    CycleDistance = "cycle-distance",
    /// Change to the next theme
    CycleTheme = "cycle-theme",
    /// Dismiss the message
    DismissNotice = "dismiss-notice",
    /// Accept what is typed
    PromptAccept = "prompt-accept",
    /// Leave the prompt
    PromptCancel = "prompt-cancel",
    /// Turn a search into a filter, or a filter into a search
    PromptSwitch = "prompt-switch",
    /// Complete what is typed
    PromptComplete = "prompt-complete",
    /// Go to the next field
    FormNext = "form-next",
    /// Go to the previous field
    FormPrevious = "form-previous",
    /// Take the previous entry of the history
    HistoryPrevious = "history-previous",
    /// Take the next entry of the history
    HistoryNext = "history-next",
    /// Move the cursor to the left
    CursorLeft = "cursor-left",
    /// Move the cursor to the right
    CursorRight = "cursor-right",
    /// Move the cursor one word to the left
    CursorWordLeft = "cursor-word-left",
    /// Move the cursor one word to the right
    CursorWordRight = "cursor-word-right",
    /// Move the cursor to the beginning
    CursorStart = "cursor-start",
    /// Move the cursor to the end
    CursorEnd = "cursor-end",
    /// Delete the character before the cursor
    DeleteBackward = "delete-backward",
    /// Delete the character under the cursor
    DeleteForward = "delete-forward",
    /// Delete the word before the cursor
    DeleteWordBackward = "delete-word-backward",
    /// Delete the word after the cursor
    DeleteWordForward = "delete-word-forward",
    /// Delete from the beginning to the cursor
    DeleteToStart = "delete-to-start",
    /// Delete from the cursor to the end
    DeleteToEnd = "delete-to-end",
}

impl Action {
    /// The action that keymaps call `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Whether it moves the selection or scrolls. That there is nowhere to go is plain to see.
    pub fn is_movement(self) -> bool {
        (Self::SelectNext as usize..=Self::ScrollRight as usize).contains(&(self as usize))
    }

    /// Whether it only makes sense while something is typed. Such actions are not offered in the command palette.
    pub fn is_for_prompts(self) -> bool {
        self as usize >= Self::PromptAccept as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_kebab_case_and_find_their_action() {
        for action in Action::ALL {
            let name = action.name();
            assert_eq!(Action::from_name(name), Some(*action));
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
            assert_eq!(name.replace('-', ""), format!("{action:?}").to_lowercase());
        }
        assert_eq!(Action::from_name("Quit"), None);
        assert_eq!(Action::from_name("none"), None, "`none` unbinds a key and can be no action");
    }

    #[test]
    fn every_action_says_what_it_does_in_one_line() {
        for action in Action::ALL {
            let about = action.about();
            assert!(about.len() > 3 && !about.ends_with('.') && !about.contains('\n'), "{action:?}: {about}");
        }
        assert!(Action::CursorLeft.is_for_prompts() && !Action::DismissNotice.is_for_prompts());
    }
}
