//! Reading what is there: from where, to where, and whatever bytes it holds.

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::source::MAX_LINE_BYTES;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_file_is_read_from_where_it_was_asked() {
    let folder = Folder::new();
    let (text, lines) = numbered(0..30_000);
    folder.append("app.log", text);
    let cases = [
        (StartAt::Beginning, 0),
        (StartAt::Tail, 0),
        (StartAt::End, 30_000),
        (StartAt::Since(12_345), 12_345),
        (StartAt::Since(99_999), 30_000),
    ];
    for (start, first) in cases {
        let mut running = folder.start("app.log", start, false);
        assert_eq!(running.take_texts(30_000 - first).await, lines[first..], "{start:?}");
        assert!(running.end().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn any_bytes_arrive_as_they_are() {
    let folder = Folder::new();
    let cases: [(&[u8], &[&[u8]]); 6] = [
        (b"", &[]),
        (b"a\r\nb\rc\n\r\n", &[b"a", b"b\rc", b""]),
        (b"\xff\xfe\n\xc3", &[b"\xff\xfe", b"\xc3"]),
        (b"a\0b\n\0\n", &[b"a\0b", b"\0"]),
        (b"no line end", &[b"no line end"]),
        (b"\n\n", &[b"", b""]),
    ];
    for (idx, (text, expected)) in cases.into_iter().enumerate() {
        let name = format!("{idx}.log");
        folder.append(&name, text);
        let mut running = folder.read(&name);
        let lines = running.take(expected.len()).await;
        assert_eq!(lines.iter().map(|line| line.text.as_slice()).collect::<Vec<_>>(), expected, "{idx}");
        assert!(running.end().await.unwrap().is_empty(), "{idx}");
    }
}

#[tokio::test]
async fn a_line_of_ten_megabytes_is_cut_and_what_follows_is_not() {
    let folder = Folder::new();
    folder.append("app.log", "x".repeat(10_000_000) + "\nnext\n");
    let lines = Running::start(folder.paced_source("app.log", false)).end().await.unwrap();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].len() <= MAX_LINE_BYTES);
    assert!(lines[0].ends_with(" bytes cut]"));
    assert_eq!(lines[1], "next");
}

#[tokio::test]
async fn a_glob_reads_every_file_in_order_and_says_which_line_is_whose() {
    let folder = Folder::new();
    fs::create_dir(folder.path("sub")).unwrap();
    for name in ["b.log", "a.log", "sub/a.log", "other.txt"] {
        folder.append(name, format!("of {name}\n"));
    }
    fs::hard_link(folder.path("a.log"), folder.path("alias.log")).unwrap();
    let mut running = folder.read("**/*.log");
    let lines = running.take(3).await;
    let lines: Vec<_> = lines.iter().map(|line| (line.origin.as_deref().unwrap(), line.text.as_slice())).collect();
    assert_eq!(lines, [("a.log", b"of a.log".as_slice()), ("b.log", b"of b.log"), ("sub/a.log", b"of sub/a.log")]);
    assert!(running.end().await.unwrap().is_empty());
}

#[tokio::test]
async fn compressed_files_are_read_whatever_they_are_called() {
    let (folder, lines) = (Folder::new(), ["one", "two", "three"]);
    let members: [fn(&str) -> Vec<u8>; 2] =
        [|line| gzip(line.as_bytes()), |line| zstd::encode_all(line.as_bytes(), 1).unwrap()];
    for (idx, pack) in members.into_iter().enumerate() {
        let name = format!("{idx}.log");
        for line in lines {
            folder.append(&name, pack(&format!("{line}\n")));
        }
        assert_eq!(folder.read(&name).end().await.unwrap(), lines, "{name}");
    }
}

#[tokio::test]
async fn many_files_are_read_through_few_descriptors() {
    let (folder, mut expected) = (Folder::new(), Vec::new());
    for number in 0..1500 {
        let text = format!("{number:04} line");
        let name = format!("{number:04}.log");
        folder.append(&name, if number % 2 == 0 { format!("{text}\n").into_bytes() } else { gzip(text.as_bytes()) });
        expected.push(text);
    }
    assert_eq!(folder.read("*.log").end().await.unwrap(), expected);
    let mut running = folder.follow("*.log", StartAt::Tail);
    let mut lines = running.take_texts(1500).await;
    lines.sort();
    assert_eq!(lines, expected);
    running.stop().await;
}

#[tokio::test]
async fn a_cut_archive_gives_what_it_holds_and_an_error() {
    let folder = Folder::new();
    let (text, lines) = numbered(0..50_000);
    let packed = gzip(text.as_bytes());
    folder.append("app.log.gz", &packed[..packed.len() / 2]);
    let mut running = folder.read("app.log.gz");
    assert_eq!(running.take_texts(10_000).await, lines[..10_000]);
    let error = running.end().await.unwrap_err();
    assert!(error.to_string().starts_with("read "), "{error}");
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_says_so() {
    let folder = Folder::new();
    fs::create_dir(folder.path("dir")).unwrap();
    folder.append("app.lz4", b"\x04\x22\x4d\x18");
    let cases = [
        ("dir", "is a folder; name the files in it"),
        ("missing.log", "no such file"),
        ("*.log", "no file matches"),
        ("app.lz4", "compressed with lz4"),
    ];
    for (pattern, expected) in cases {
        let error = folder.read(pattern).end().await.unwrap_err().to_string();
        assert!(error.contains(expected), "{pattern}: {error}");
    }
}

#[test]
fn the_kind_takes_paths_globs_and_urls() {
    for (argument, label) in [
        ("/var/log/app.log", "app.log"),
        ("file:app.log", "app.log"),
        ("file:///var/log/app.log", "app.log"),
        ("logs/*.log", "logs/*.log"),
        ("a:b.log", "a:b.log"),
    ] {
        let source = crate::source::open(argument, &SourceOptions::default()).unwrap();
        assert_eq!(source.label(), label, "{argument}");
    }
}
