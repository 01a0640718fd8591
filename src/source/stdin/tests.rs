//! Standard input over operating system pipes.

use std::io::{self, Write as _};

use super::*;
use crate::source::collected_lines::Running;

fn piped() -> (Running, io::PipeWriter) {
    let (reader, writer) = io::pipe().unwrap();
    (Running::start(Box::new(StdinSource::from_reader(reader))), writer)
}

#[tokio::test]
async fn lines_come_as_they_are_written_and_the_end_is_an_end() {
    let (mut running, mut writer) = piped();
    writer.write_all(b"one\ntw").unwrap();
    assert_eq!(running.take_texts(1).await, ["one"]);
    writer.write_all(b"o\r\n").unwrap();
    assert_eq!(running.take_texts(1).await, ["two"]);
    writer.write_all(b"no line end").unwrap();
    drop(writer);
    running.wait_for_state(|state| matches!(state, SourceState::Ended(_))).await;
    assert_eq!(running.end().await.unwrap(), ["no line end"]);
}

#[tokio::test]
async fn a_prompt_is_shown_although_its_line_has_not_ended() {
    let (mut running, mut writer) = piped();
    writer.write_all(b"password: ").unwrap();
    assert_eq!(running.take_texts(1).await, ["password: "]);
    writer.write_all(b"\nwelcome\n").unwrap();
    assert_eq!(running.take_texts(1).await, ["welcome"]);
    running.stop().await;
}

#[tokio::test]
async fn a_silent_pipe_does_not_hold_up_the_shutdown() {
    let (running, writer) = piped();
    running.wait_for_state(|state| matches!(state, SourceState::Live(_))).await;
    running.stop().await;
    drop(writer);
}

#[tokio::test]
async fn a_full_queue_does_not_hold_up_the_shutdown_and_holds_the_writer() {
    let (reader, mut writer) = io::pipe().unwrap();
    let running = Running::start_full(Box::new(StdinSource::from_reader(reader)));
    let flood = std::thread::spawn(move || {
        let mut written = 0;
        while writer.write_all(&[b'\n'; 4096]).is_ok() {
            written += 4096;
        }
        written
    });
    running.wait_until_blocked().await;
    running.stop().await;
    let written = flood.join().unwrap();
    assert!(written < 8 << 20, "{written} bytes were read ahead");
}

#[tokio::test]
async fn everything_of_a_large_input_arrives_in_order() {
    let (mut running, mut writer) = piped();
    let flood = std::thread::spawn(move || {
        for number in 0..100_000 {
            writeln!(writer, "{number}").unwrap();
        }
    });
    let lines = running.take_texts(100_000).await;
    assert!(lines.iter().enumerate().all(|(number, line)| *line == number.to_string()));
    flood.join().unwrap();
    assert!(running.end().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_reader_that_fails_is_an_error_after_what_it_gave() {
    struct Broken(bool);
    impl Read for Broken {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            if self.0 {
                return Err(io::Error::other("the wire was cut"));
            }
            self.0 = true;
            buf[..3].copy_from_slice(b"a\nb");
            Ok(3)
        }
    }
    let mut running = Running::start(Box::new(StdinSource::from_reader(Broken(false))));
    assert_eq!(running.take_texts(2).await, ["a", "b"]);
    assert!(running.end().await.unwrap_err().to_string().contains("the wire was cut"));
}
