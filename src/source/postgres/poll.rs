//! Asking the table again and again: a round of pages, each a question of its own, then a pause that a notification cuts short.

use tokio_postgres::types::ToSql;

use super::cursor::{Cursor, Key, Place, Round, Row};
use super::link::{Link, answer, connect};
use super::options::Options;
use super::question::{PAGE, Questions, SNAPSHOT};
use super::table::Table;
use super::trouble;
use crate::config::StartAt;
use crate::model::Nanos;
use crate::source::retry::{Backoff, Connection, Trouble};
use crate::source::{Batch, LineBatch, MAX_BATCH_BYTES, SourceContext, SourceState};

/// The table, with the cursor that outlives a connection.
pub(super) struct Poll {
    options: Options,
    cx: SourceContext,
    cursor: Cursor,
    /// Whether what was there before has been dealt with.
    has_begun: bool,
}

/// A page of rows and their lines.
type Page = Vec<(Row, String)>;

/// A connection, the table, and what is asked of it.
struct Asked {
    link: Link,
    table: Table,
    questions: Questions,
}

impl Poll {
    /// Nothing is read so far.
    pub(super) fn new(options: Options, cx: SourceContext) -> Self {
        let cursor = Cursor::new(options.overlap);
        Self { options, cx, cursor, has_begun: false }
    }

    /// Deals with what is there already.
    async fn begin(&mut self, asked: &Asked) -> Result<(), Trouble> {
        match self.options.start {
            StartAt::Beginning => self.read_since(asked, None).await?,
            StartAt::Since(time) => self.read_since(asked, Some(time)).await?,
            StartAt::End => self.read_newest(asked, 0).await?,
            StartAt::Tail => self.read_newest(asked, self.options.history).await?,
        }
        self.has_begun = true;
        Ok(())
    }

    /// Hands over the `count` newest rows. All others that are there count as seen: those that one and the same snapshot
    /// shows, as a row that is committed between two questions must not be taken for one that was handed over.
    async fn read_newest(&mut self, asked: &Asked, count: u32) -> Result<(), Trouble> {
        self.tell(asked, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let round = self.snapshot(asked).await?;
        // One row is wanted in any case: its time is where the looking begins.
        let limit = i64::from(count.max(1));
        let parameters: Parameters<'_> = &[&0_i64, &round.next, &None::<String>, &0_f64, &limit];
        let mut rows = self.ask(asked, &asked.questions.newest, parameters).await?;
        rows.reverse();
        let settled = round.settled;
        let newest = rows.last().map(|(row, _)| row.place.time.clone());
        let overlap = self.options.overlap.as_secs_f64();
        let parameters: Parameters<'_> = &[&settled, &round.next, &newest, &overlap];
        let there = self.rows(asked, &asked.questions.keys, parameters).await?;
        self.tell(asked, "COMMIT").await?;
        self.live();
        self.cursor = Cursor::new(self.options.overlap);
        self.cursor.round = Some(round);
        for row in there {
            self.cursor.pass(row);
        }
        rows.drain(..rows.len().saturating_sub(count as usize)).for_each(|(row, _)| self.cursor.pass(row));
        self.send(rows).await;
        self.cursor.finish();
        Ok(())
    }

    async fn read_since(&mut self, asked: &Asked, time: Option<Nanos>) -> Result<(), Trouble> {
        let since = time.map(|time| {
            let time = chrono::DateTime::from_timestamp_nanos(time);
            time.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string()
        });
        self.round(asked, &asked.questions.since, 0, since).await
    }

    /// All that is new since the last round.
    async fn read_new(&mut self, asked: &Asked) -> Result<(), Trouble> {
        let settled = self.cursor.settled;
        let newest = self.cursor.newest().map(str::to_owned);
        self.round(asked, &asked.questions.page, settled, newest).await
    }

    /// Page after page of one question, from where it was broken off.
    async fn round(
        &mut self,
        asked: &Asked,
        question: &str,
        settled: i64,
        time: Option<String>,
    ) -> Result<(), Trouble> {
        if self.cursor.round.is_none() {
            self.cursor.round = Some(self.snapshot(asked).await?);
        }
        let overlap = self.options.overlap.as_secs_f64();
        while let Some(round) = self.cursor.round.clone() {
            let (after, key) = match round.after {
                Some(Place { time, key }) => (Some(time), key),
                None => (None, vec![None; asked.table.key.len()]),
            };
            let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&settled, &round.next, &time, &overlap, &PAGE, &after];
            parameters.extend(key.iter().map(|part| part as &(dyn ToSql + Sync)));
            let rows = self.ask(asked, question, &parameters).await?;
            self.live();
            let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < PAGE);
            self.send(rows).await;
            if is_last {
                self.cursor.finish();
            }
        }
        Ok(())
    }

    /// Hands over those of `rows` that are new, and moves the cursor behind each batch of them.
    async fn send(&mut self, rows: Page) {
        let mut batch = LineBatch::default();
        let mut passed = Vec::new();
        for (row, line) in rows {
            if self.cursor.is_new(&row) || !self.has_begun {
                if batch.bytes.len() + line.len() > MAX_BATCH_BYTES {
                    self.cx.intake.send(Batch::Lines(std::mem::take(&mut batch))).await;
                    passed.drain(..).for_each(|row| self.cursor.pass(row));
                }
                batch.push(line.as_bytes());
            }
            passed.push(row);
        }
        if !batch.is_empty() {
            self.cx.intake.send(Batch::Lines(batch)).await;
        }
        for row in passed {
            self.cursor.pass(row);
        }
    }

    /// Says that the server answers, before anything is waited for that it has no part in.
    fn live(&self) {
        self.cx.status.set(SourceState::Live(self.options.place()));
    }

    async fn tell(&self, asked: &Asked, command: &str) -> Result<(), Trouble> {
        answer(&self.options, "asking for rows", asked.link.client.batch_execute(command)).await
    }

    async fn snapshot(&self, asked: &Asked) -> Result<Round, Trouble> {
        let failed = |error| trouble::told(&self.options, "asking what is running", &error);
        let row = answer(&self.options, "asking what is running", asked.link.client.query_one(SNAPSHOT, &[])).await?;
        // Rows of a view know no transaction: none is settled by one.
        let settled = if asked.table.has_transactions { row.try_get(0).map_err(failed)? } else { i64::MIN };
        let (next, now) = (row.try_get(1).map_err(failed)?, row.try_get(2).map_err(failed)?);
        Ok(Round { settled, next, now, after: None })
    }

    async fn rows(&self, asked: &Asked, question: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, Trouble> {
        let failed = |error| trouble::told(&self.options, "asking for rows", &error);
        let rows = answer(&self.options, "asking for rows", asked.link.client.query(question, parameters)).await?;
        rows.iter().map(|row| read(row).map_err(failed)).collect()
    }

    async fn ask(&self, asked: &Asked, question: &str, parameters: Parameters<'_>) -> Result<Page, Trouble> {
        let failed = |error| trouble::told(&self.options, "asking for rows", &error);
        let rows = answer(&self.options, "asking for rows", asked.link.client.query(question, parameters)).await?;
        rows.iter().map(|row| Ok((read(row)?, row.try_get(4)?))).collect::<Result<_, _>>().map_err(failed)
    }
}

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

fn read(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let key: Key = row.try_get(1)?;
    Ok(Row { mark: row.try_get(0)?, place: Place { time: row.try_get(2)?, key }, micros: row.try_get(3)? })
}

impl Connection for Poll {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let link = connect(&self.options).await?;
        let table = Table::find(&link.client, &self.options).await?;
        let questions = Questions::of(&self.options, &table);
        let asked = Asked { link, table, questions };
        loop {
            if self.has_begun {
                self.read_new(&asked).await?;
            } else {
                self.begin(&asked).await?;
            }
            backoff.is_good();
            if !self.options.follow {
                return Ok(());
            }
            self.live();
            tokio::select! {
                () = tokio::time::sleep(self.options.interval) => {}
                () = asked.link.woken.notified() => {}
            }
        }
    }
}
