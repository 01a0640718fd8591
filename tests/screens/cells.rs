//! Buffers as text.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

/// A buffer as text: the cells that wide characters cover are left out, and so are blanks at the ends of rows.
pub(super) fn text_of(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let mut row = String::new();
        let mut x = 0;
        while x < buf.area.width {
            let symbol = buf[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(symbol.width()).unwrap().max(1);
        }
        let _infallible = writeln!(out, "{}", row.trim_end());
    }
    out
}
