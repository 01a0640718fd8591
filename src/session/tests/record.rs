//! Recording: every line once, gaps told, crashes survived.

use super::*;

#[test]
fn a_recording_holds_every_line_once_and_says_what_it_missed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("recording");
    let mut shop = Shop::new(64 << 10);
    let mut recorder = record_to(&path);
    let line = |n: u64| format!("line {n} {}", "x".repeat(40)).into_bytes();
    for n in 0..1500 {
        shop.line("app.log", FormatId::TEXT, &line(n));
        if n % 100 == 0 {
            recorder.append(&shop.snapshot()).unwrap();
            recorder.append(&shop.snapshot()).unwrap();
        }
    }
    recorder.append(&shop.snapshot()).unwrap();
    for n in 1500..5000 {
        shop.line("app.log", FormatId::TEXT, &line(n));
        if n % 100 == 0 {
            drop(shop.writer.publish());
        }
    }
    let snapshot = shop.snapshot();
    let missed = snapshot.first() - 1500;
    assert!(missed > 0);
    recorder.append(&snapshot).unwrap();
    recorder.append_spans(&[Arc::new(sample_span(1, 1))]).unwrap();
    let state = SessionState { marks: vec![1499, 1600, snapshot.first()], ..SessionState::default() };
    let saved = recorder.finish(&state).unwrap();
    assert_eq!((saved.lines, saved.spans), (5000 - missed, 1));

    let (mut reopened, spans) = reopen(&fs::read(&path).unwrap());
    let reopened = reopened.snapshot();
    assert_eq!((reopened.len(), spans.len()), (5001 - missed, 1));
    let loss = reopened.line(1500).unwrap().loss().unwrap();
    assert_eq!((loss.count, loss.reason), (missed, LossReason::DropOldest));
    let marks = read_state(&path).unwrap().unwrap().marks;
    assert_eq!(marks, [1499, 1501]);
    assert_eq!(reopened.line(marks[0]).unwrap().text(), line(1499));
    assert_eq!(reopened.line(marks[1]).unwrap().text(), line(snapshot.first()));
}

#[test]
fn a_recording_cut_anywhere_is_read_up_to_its_last_whole_frame() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("recording");
    let mut shop = Shop::new(BUDGET);
    let mut recorder = record_to(&path);
    let mut frames = vec![(0, 0)];
    for n in 0..6 {
        shop.line("app.log", FormatId::TEXT, format!("line {n}").as_bytes());
        shop.line("app.log", FormatId::TEXT, b"second");
        recorder.append(&shop.snapshot()).unwrap();
        recorder.flush().unwrap();
        frames.push((usize::try_from(recorder.bytes()).unwrap(), 2 * (n + 1)));
    }
    drop(recorder);
    let bytes = fs::read(&path).unwrap();
    assert_eq!(frames.last().map(|(end, _)| *end), Some(bytes.len()), "all is on the disk without an end");
    let all = rows(&shop.snapshot());
    for cut in 0..=bytes.len() {
        let whole = frames.iter().rev().find(|(end, _)| *end <= cut).map_or(0, |(_, lines)| *lines);
        let (mut reopened, _) = reopen(&bytes[..cut]);
        let read = rows(&reopened.snapshot());
        assert!(read.len() >= whole && all.starts_with(&read), "cut at {cut}: {} of {whole}", read.len());
        fs::write(&path, &bytes[..cut]).unwrap();
        assert_eq!(read_state(&path).unwrap(), None);
    }
}
