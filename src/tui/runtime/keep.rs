//! Keeping settings that were chosen on the screen: the user's config file, changed in one place and replaced as a whole.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::config::{Columns, with_columns};
use crate::tui::event::Outcome;

/// How long leaving the screen waits for what is being written. A disk that hangs must not hold the user.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes settings in threads, one after the other, the newest alone where several wait.
#[derive(Debug)]
pub(super) struct Keeper {
    file: Option<PathBuf>,
    newest: Arc<Mutex<Option<Columns>>>,
    writing: Arc<Mutex<()>>,
    last: Option<JoinHandle<()>>,
}

impl Keeper {
    /// A keeper in `file`; without one settings hold for the session only.
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        Self { file, newest: Arc::default(), writing: Arc::default(), last: None }
    }

    /// Keeps `columns`, and tells how that ended.
    pub(super) fn keep(&mut self, columns: Columns, outcome: mpsc::Sender<Outcome>) {
        let (file, writing, newest) = (self.file.clone(), Arc::clone(&self.writing), Arc::clone(&self.newest));
        *newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(columns);
        self.last = Some(tokio::task::spawn_blocking(move || {
            let _turn = writing.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(columns) = newest.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
            let kept = file.ok_or_else(|| "there is no home directory for a config file".to_owned()).and_then(|file| {
                write(&file, &columns).map_err(|why| format!("{}: {why}", file.display()))?;
                Ok(Outcome::ColumnsKept(file.display().to_string()))
            });
            let done =
                kept.unwrap_or_else(|why| Outcome::Failed(format!("the columns hold for this session only: {why}")));
            // The screen may be gone by now; the file is there all the same.
            let _told = outcome.blocking_send(done);
        }));
    }

    /// Waits for what is being written.
    pub(super) async fn finish(&mut self) {
        if let Some(last) = self.last.take() {
            // Whether it took too long or panicked, there is nobody left to tell.
            let _ended = tokio::time::timeout(PATIENCE, last).await;
        }
    }
}

/// Changes the columns in the config file, which is made where there is none. It is replaced by a rename, so that nobody
/// ever finds half of one; a link stays a link.
fn write(file: &Path, columns: &Columns) -> Result<(), String> {
    let told = |error: io::Error| error.to_string();
    let target = match fs::canonicalize(file) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => file.to_path_buf(),
        Err(error) => return Err(told(error)),
    };
    let (text, permissions) = match fs::read_to_string(&target) {
        Ok(text) => (text, Some(fs::metadata(&target).map_err(told)?.permissions())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (String::new(), None),
        Err(error) => return Err(told(error)),
    };
    if permissions.as_ref().is_some_and(fs::Permissions::readonly) {
        return Err("it is read-only".to_owned());
    }
    let text = with_columns(&file.display().to_string(), &text, columns).map_err(|error| error.to_string())?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(told)?;
    let mut draft = tempfile::Builder::new().prefix(".config.toml.").tempfile_in(folder).map_err(told)?;
    draft.write_all(text.as_bytes()).map_err(told)?;
    if let Some(permissions) = permissions {
        draft.as_file().set_permissions(permissions).map_err(told)?;
    }
    draft.as_file().sync_all().map_err(told)?;
    draft.persist(&target).map_err(|error| told(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Columns {
        Columns::new(names.iter().map(|name| name.parse().unwrap()).collect()).unwrap()
    }

    #[test]
    fn a_file_is_made_with_its_folder_and_changed_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a/b/config.toml");
        write(&file, &columns(&["time", "user:9", "message"])).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "[logs]\ncolumns = [\"time\", \"user:9\", \"message\"]\n");
        fs::write(&file, "# mine\n[ui]\ntheme = \"light\"\n").unwrap();
        write(&file, &columns(&["level"])).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text, "# mine\n[ui]\ntheme = \"light\"\n\n[logs]\ncolumns = [\"level\"]\n");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn what_can_not_be_written_is_told_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        for (text, expected) in [("[ui]\nthem = 1\n", "unknown key `them`"), ("= = =", "config.toml:1:")] {
            fs::write(&file, text).unwrap();
            let why = write(&file, &columns(&["level"])).unwrap_err();
            assert!(why.contains(expected), "{why}");
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
        fs::write(&file, "").unwrap();
        let mut permissions = fs::metadata(&file).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&file, permissions).unwrap();
        assert_eq!(write(&file, &columns(&["level"])), Err("it is read-only".to_owned()));
        assert!(write(&file.join("below"), &columns(&["level"])).is_err(), "a file is no folder");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("dotfiles.toml"), folder.path().join("config.toml"));
        fs::write(&target, "").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&target, &link).unwrap();
        write(&link, &columns(&["level"])).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::read_to_string(&target).unwrap().contains("level"));
    }

    #[tokio::test]
    async fn of_several_wishes_the_last_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let (outcome, mut outcomes) = mpsc::channel(8);
        let mut keeper = Keeper::new(Some(file.clone()));
        for name in ["level", "time", "user"] {
            keeper.keep(columns(&[name]), outcome.clone());
        }
        keeper.finish().await;
        assert!(fs::read_to_string(&file).unwrap().contains("user"));
        assert_eq!(outcomes.recv().await, Some(Outcome::ColumnsKept(file.display().to_string())));
        Keeper::new(None).keep(columns(&["level"]), outcome);
        while let Some(told) = outcomes.recv().await {
            if let Outcome::Failed(why) = told {
                assert!(why.starts_with("the columns hold for this session only: "), "{why}");
                return;
            }
        }
        unreachable!("the one without a file fails");
    }
}
