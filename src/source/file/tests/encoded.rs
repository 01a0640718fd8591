//! Text that is not there as it is read: in other archives than gzip, and in UTF-16.

use bzip2::write::BzEncoder;

use super::*;

fn bzip2(text: &str) -> Vec<u8> {
    let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str, of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(of).collect()
}

#[tokio::test]
async fn archives_are_history_whatever_made_them() {
    let folder = Folder::new();
    let text = fs::read_to_string(fixture("logmerger_log3.txt")).unwrap();
    for kind in ["bz2", "xz"] {
        let packed = fs::read(fixture(&format!("logmerger_log3.txt.{kind}"))).unwrap();
        let name = format!("app.{kind}.1");
        folder.append(&name, &packed);
        assert!(text.lines().eq(folder.read(&name).end().await.unwrap()), "{kind}");
        folder.append("cut", &packed[..packed.len() - 3]);
        let error = folder.read("cut").end().await.unwrap_err();
        assert!(error.to_string().starts_with("read "), "{kind}: {error}");
        fs::remove_file(folder.path("cut")).unwrap();
    }
}

#[tokio::test]
async fn what_was_read_before_it_was_compressed_is_not_read_again() {
    let folder = Folder::new();
    let (text, lines) = numbered(0..1000);
    let mut running = folder.follow("*", StartAt::Beginning);
    folder.append("app.log", &text);
    assert_eq!(running.take_texts(1000).await, lines);
    folder.append("app.log.1.bz2", bzip2(&text));
    fs::remove_file(folder.path("app.log")).unwrap();
    folder.append("other.bz2", bzip2("new\n"));
    assert_eq!(running.take_texts(1).await, ["new"]);
    running.expect_nothing_for(std::time::Duration::from_millis(500)).await;
    running.stop().await;
}

#[tokio::test]
async fn text_in_utf16_is_read_and_followed() {
    for of in [u16::to_le_bytes, u16::to_be_bytes] {
        let folder = Folder::new();
        folder.append("app.log", utf16("\u{feff}größe 1\r\nzwei\r\n", of));
        assert_eq!(folder.read("app.log").end().await.unwrap(), ["größe 1", "zwei"]);
        assert_eq!(folder.read("*.log").end().await.unwrap(), ["größe 1", "zwei"], "it is not binary");

        let mut running = folder.follow("*.log", StartAt::Tail);
        assert_eq!(running.take_texts(2).await, ["größe 1", "zwei"]);
        let mut from_end = folder.follow("app.log", StartAt::End);
        from_end.wait_for_state(|state| matches!(state, SourceState::Live(_))).await;
        let next = utf16("drei 🦀\n", of);
        folder.append("app.log", &next[..3]);
        folder.append("app.log", &next[3..]);
        assert_eq!(running.take_texts(1).await, ["drei 🦀"]);
        assert_eq!(from_end.take_texts(1).await, ["drei 🦀"]);
        from_end.stop().await;

        // Another file that comes is read as it grows, and so is what was truncated.
        folder.append("b.log", utf16("\u{feff}b1\n", of));
        assert_eq!(running.take_texts(1).await, ["b1"]);
        folder.append("b.log", utf16("b2\n", of));
        assert_eq!(running.take_texts(1).await, ["b2"]);
        File::create(folder.path("app.log")).unwrap();
        folder.append("app.log", "plain now\n");
        assert_eq!(running.take_texts(1).await, ["plain now"]);
        running.stop().await;
    }
}

#[tokio::test]
async fn an_unfinished_line_of_utf16_waits_for_its_rest() {
    let folder = Folder::new();
    let text = utf16("\u{feff}whole\nhalf\n🦀\n", u16::to_le_bytes);
    // Within `half`: between two units, and within one.
    for cut in [18, 19] {
        let name = format!("{cut}.log");
        folder.append(&name, &text[..cut]);
        let mut running = folder.follow(&name, StartAt::Tail);
        assert_eq!(running.take_texts(1).await, ["whole"]);
        folder.append(&name, &text[cut..text.len() - 4]);
        assert_eq!(running.take_texts(1).await, ["half"], "cut at {cut}");
        // Within a pair of surrogates.
        folder.append(&name, &text[text.len() - 4..]);
        assert_eq!(running.take_texts(1).await, ["🦀"], "cut at {cut}");
        running.stop().await;
    }
    // What does not go on is shown as it is, and no part of it twice.
    folder.append("alone.log", &text[..18]);
    assert_eq!(folder.read("alone.log").end().await.unwrap(), ["whole", "ha"]);
    let mut running = folder.follow("alone.log", StartAt::Tail);
    assert_eq!(running.take_texts(2).await, ["whole", "ha"]);
    running.stop().await;
}

#[tokio::test]
async fn a_huge_line_of_utf16_is_cut() {
    let folder = Folder::new();
    folder.append("app.log", utf16(&format!("\u{feff}a\n{}", "ö".repeat(3_000_000)), u16::to_be_bytes));
    let mut running = folder.follow("app.log", StartAt::Tail);
    assert_eq!(running.take_texts(1).await, ["a"]);
    folder.append("app.log", utf16("x\nb\n", u16::to_be_bytes));
    let lines = running.take_texts(2).await;
    assert!(lines[0].starts_with("öö") && lines[0].ends_with(" bytes cut]"), "{:.20}", lines[0]);
    assert_eq!(lines[1], "b");
    running.stop().await;
}
