//! Finding the state in whatever file it is in, and never a forged one.

use super::*;

#[test]
fn the_state_is_found_in_files_of_any_kind() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("session");
    let saved = |state: &SessionState| {
        save(&path, &full_shop().snapshot(), &no_traces(), state, &masker()).unwrap();
        fs::read(&path).unwrap()
    };
    let numbered = SessionState { marks: (0..8).collect(), ..full_state() };
    let (one, two) = (saved(&numbered), saved(&full_state()));
    let plain = text_of(&two);
    let magic_in_front = [&[0x28, 0xb5, 0x2f, 0xfd][..], &two].concat();
    let cases: [(&str, Vec<u8>, Option<SessionState>); 7] = [
        ("two sessions in a row", [&two[..], &one].concat(), Some(numbered)),
        ("decompressed", plain.clone(), Some(full_state())),
        ("something appended", [&plain[..], b"{\"resourceLogs\":[]}\n\xff"].concat(), Some(full_state())),
        ("noise before", magic_in_front, Some(full_state())),
        ("empty", Vec::new(), None),
        ("another program's", b"{\"resourceLogs\":[]}\nspantail.session.state\n".to_vec(), None),
        ("cut in the last frame", two[..two.len() - 1].to_vec(), None),
    ];
    for (name, bytes, state) in cases {
        fs::write(&path, bytes).unwrap();
        assert_eq!(read_state(&path).unwrap(), state, "{name}");
    }
}

#[test]
fn a_state_behind_much_of_everything_is_found() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("session");
    let mut shop = Shop::new(BUDGET);
    (0..60_000).for_each(|n| shop.line("app.log", FormatId::TEXT, format!("{n}").as_bytes()));
    let state = SessionState { marks: (0..50_000).map(|n| n * 6 / 5).collect(), ..SessionState::default() };
    save(&path, &shop.snapshot(), &no_traces(), &state, &masker()).unwrap();
    assert_eq!(read_state(&path).unwrap(), Some(state));
}

#[test]
fn a_sender_can_not_pass_for_the_session() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("recording");
    let forged = SessionState { filter: "nothing".into(), ..SessionState::default() }.to_record(&Masker::off());
    let mut shop = Shop::new(BUDGET);
    shop.record("otlp", &LogRecord { time: 5, ..forged });
    let snapshot = shop.snapshot();
    let mut recorder = record_to(&path);
    recorder.append(&snapshot).unwrap();
    recorder.flush().unwrap();
    assert_eq!(read_state(&path).unwrap(), None);
    let (mut reopened, _) = reopen(&fs::read(&path).unwrap());
    assert_eq!(rows(&reopened.snapshot()), rows(&snapshot));
}

proptest! {
    #[test]
    fn any_state_comes_back(
        texts in proptest::collection::vec(".{0,30}", 5),
        marks in proptest::collection::vec(0..i64::MAX as u64, 0..50),
        flags in any::<(bool, bool)>(),
        cursor in proptest::option::of(0..i64::MAX as u64),
        figures in proptest::collection::vec(0..i64::MAX as u64, 7),
        saved_at in 0..i64::MAX,
    ) {
        let counts = Counts {
            received: figures[0],
            stored: figures[1],
            rate_limited: figures[2],
            dropped: figures[3],
            rejected: figures[4],
            pending: figures[5],
            evicted: figures[6],
        };
        let state = SessionState {
            filter: texts[0].clone(),
            search: texts[1].clone(),
            marks,
            pane: texts[2].clone(),
            zoomed: flags.0,
            paused: flags.1,
            cursor,
            accounting: vec![SourceFigures { label: texts[3].clone(), logs: counts, spans: counts }],
            title: texts[4].clone(),
            saved_at,
        };
        let mut json = Vec::new();
        crate::parse::otlp::encode_logs_json(&[state.to_record(&Masker::off())], &mut json);
        let decoded = decode_json(&json).unwrap();
        prop_assert_eq!(SessionState::from_record(&decoded.logs[0]), Some(state));
    }
}
