//! Rebuilds when a theme or a keymap changes or a new one appears. Does nothing else.

fn main() {
    for folder in ["themes", "keymaps"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
