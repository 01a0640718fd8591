//! Against a real Podman: needs root, `podman`, `runc` and a static `busybox`, as Debian has them. Where they are not, the
//! test says so and passes.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{is_live, open_at};
use crate::source::SourceState;
use crate::source::collected_lines::Running;

/// No network, no limits that need more rights than there are, images in plain folders.
const CONF: &str = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\ncgroupns = \"host\"\nnetns = \"none\"\n";

/// An engine with its data in a temporary folder.
struct Podman {
    folder: tempfile::TempDir,
    service: Option<Child>,
}

impl Podman {
    /// Starts one with an image `bb:1` of busybox.
    fn start() -> Option<Self> {
        let busybox = ["/bin/busybox", "/usr/bin/busybox"].map(Path::new).into_iter().find(|path| path.exists())?;
        let found = |name| Command::new(name).arg("--version").stdout(Stdio::null()).status().is_ok();
        if !(found("podman") && found("runc") && rustix::process::geteuid().is_root()) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("containers.conf"), CONF).unwrap();
        let root = folder.path().join("image/bin");
        std::fs::create_dir_all(&root).unwrap();
        std::fs::copy(busybox, root.join("sh")).unwrap();
        std::fs::copy(busybox, root.join("sleep")).unwrap();
        let tar = folder.path().join("image.tar");
        let image = folder.path().join("image");
        assert!(Command::new("tar").arg("-C").arg(&image).arg("-cf").arg(&tar).arg(".").status().unwrap().success());
        let mut podman = Self { folder, service: None };
        podman.run(&["import", tar.to_str().unwrap(), "bb:1"]);
        podman.serve();
        Some(podman)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("podman");
        let data = |name: &str| self.folder.path().join(name);
        command.env("CONTAINERS_CONF", data("containers.conf"));
        command.arg("--root").arg(data("store")).arg("--runroot").arg(data("run"));
        command.args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file"]);
        command.args(["--runtime", "runc"]);
        command
    }

    fn run(&self, arguments: &[&str]) {
        let output = self.command().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn container(&self, arguments: &[&str], script: &str) {
        let fixed = ["run", "-d", "--network=none", "--security-opt=seccomp=unconfined", "--log-driver=k8s-file"];
        self.run(&[&fixed, arguments, &["bb:1", "/bin/sh", "-c", script]].concat());
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("podman.sock")
    }

    fn serve(&mut self) {
        let address = format!("unix://{}", self.socket().display());
        let mut command = self.command();
        command.args(["system", "service", "--time", "0", &address]).stdout(Stdio::null()).stderr(Stdio::null());
        self.service = Some(command.spawn().unwrap());
    }

    fn end_service(&mut self) {
        if let Some(mut service) = self.service.take() {
            service.kill().ok();
            service.wait().ok();
        }
        std::fs::remove_file(self.socket()).ok();
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        self.command().args(["rm", "--all", "--force", "--time", "0"]).output().ok();
        self.end_service();
    }
}

/// Texts without time and stream.
async fn texts(running: &mut Running, count: usize) -> Vec<String> {
    let lines = running.take_texts(count).await;
    lines.iter().map(|line| line.splitn(4, ' ').nth(3).unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_podman_is_followed_through_its_restart() {
    let Some(mut podman) = Podman::start() else {
        eprintln!("no podman, runc or busybox here, or not root: not tried");
        return;
    };
    let count = "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.2; done";
    podman.container(&["--name=ticker"], count);
    let host = format!("unix://{}", podman.socket().display());
    let mut running = Running::start(open_at(&host, "ticker,late?tail=all", |_| {}));
    assert_eq!(texts(&mut running, 3).await, ["tick 1", "tick 2", "tick 3"]);
    running.wait_for_state(|state| is_live(state, "1 container")).await;
    podman.end_service();
    running.wait_for_state(|state| matches!(state, SourceState::Retrying { .. })).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    podman.serve();
    let expected: Vec<String> = (4..24).map(|at| format!("tick {at}")).collect();
    assert_eq!(texts(&mut running, 20).await, expected, "neither lost nor twice");
    running.wait_for_state(|state| is_live(state, "1 container")).await;
    podman.run(&["rm", "--force", "--time", "0", "ticker"]);
    running.wait_for_state(|state| is_live(state, "0 containers")).await;
    podman.container(&["--name=late", "--tty"], "echo on a terminal; sleep 100");
    while !running.take_texts(1).await.iter().any(|line| line.ends_with("stdout F on a terminal")) {}
    running.stop().await;
}
