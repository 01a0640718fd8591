//! Files that lost their name and are not followed any more: their lines are read for as long as somebody refers to
//! them, but not through any number of descriptors.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use crate::extent::TextFile;

/// So many of them stay open: a month of daily rotation.
const MAX_OPEN: usize = 32;

/// The files that went last, oldest first.
#[derive(Default)]
pub(super) struct Gone(VecDeque<Weak<TextFile>>);

impl Gone {
    /// One more went. The one that went longest ago is closed when there are too many; it can be read on only under the
    /// name it was last seen with.
    pub(super) fn push(&mut self, file: &Arc<TextFile>) {
        self.0.retain(|known| known.strong_count() > 0);
        self.0.push_back(Arc::downgrade(file));
        if self.0.len() > MAX_OPEN
            && let Some(oldest) = self.0.pop_front().and_then(|file| file.upgrade())
        {
            oldest.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;
    use crate::extent::Gone as Why;

    #[test]
    fn the_last_files_without_a_name_are_read_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = |number: usize| {
            let path = folder.path().join(number.to_string());
            fs::write(&path, "text").unwrap();
            let file = TextFile::new(Arc::new(File::open(&path).unwrap()), path.clone()).unwrap();
            fs::remove_file(path).unwrap();
            Arc::new(file)
        };
        let mut gone = Gone::default();
        let files: Vec<_> = (0..MAX_OPEN + 2).map(file).collect();
        for _ in 0..MAX_OPEN {
            // Nobody refers to these: they take nobody's place.
            gone.push(&Arc::new(TextFile::new(Arc::new(tempfile::tempfile().unwrap()), "".into()).unwrap()));
        }
        for file in &files {
            gone.push(file);
        }
        let mut buf = Vec::new();
        let readable: Vec<bool> = files.iter().map(|file| file.read(0..4, &mut buf).is_ok()).collect();
        assert_eq!(readable, [vec![false; 2], vec![true; MAX_OPEN]].concat());
        assert_eq!(files[0].read(0..4, &mut buf), Err(Why::Replaced));
    }
}
