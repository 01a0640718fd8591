//! Messages that are mostly what OTLP asks for and now and then anything else that a sender can put on the wire: other wire
//! types, fields unknown, twice or in groups, texts that are none, varints longer than they need to be.
#![expect(clippy::cast_possible_truncation, reason = "choices are numbers of a few")]

use proptest::prelude::*;

/// What the field of a message is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Varint,
    Fixed64,
    Fixed32,
    Text,
    Id(usize),
    /// A message that is there at most once.
    One(Schema),
    /// One that may be repeated.
    Many(Schema),
}

/// The fields of a message by their number.
pub(super) type Schema = fn() -> &'static [(u32, Kind)];

pub(super) const TRACES: Schema = || &[(1, Kind::Many(RESOURCE_SPANS))];
pub(super) const LOGS: Schema = || &[(1, Kind::Many(RESOURCE_LOGS))];
const RESOURCE_SPANS: Schema = || &[(1, Kind::One(RESOURCE)), (2, Kind::Many(SCOPE_SPANS)), (3, Kind::Text)];
const RESOURCE_LOGS: Schema = || &[(1, Kind::One(RESOURCE)), (2, Kind::Many(SCOPE_LOGS)), (3, Kind::Text)];
const SCOPE_SPANS: Schema = || &[(1, Kind::One(SCOPE)), (2, Kind::Many(SPAN)), (3, Kind::Text)];
const SCOPE_LOGS: Schema = || &[(1, Kind::One(SCOPE)), (2, Kind::Many(LOG)), (3, Kind::Text)];
const RESOURCE: Schema = || &[(1, Kind::Many(PAIR)), (2, Kind::Varint)];
const SCOPE: Schema = || &[(1, Kind::Text), (2, Kind::Text), (3, Kind::Many(PAIR)), (4, Kind::Varint)];
const PAIR: Schema = || &[(1, Kind::Text), (2, Kind::One(VALUE)), (3, Kind::Varint)];
const LIST: Schema = || &[(1, Kind::Many(VALUE))];
const MAP: Schema = || &[(1, Kind::Many(PAIR))];
const STATUS: Schema = || &[(2, Kind::Text), (3, Kind::Varint)];
const VALUE: Schema = || {
    &[
        (1, Kind::Text),
        (2, Kind::Varint),
        (3, Kind::Varint),
        (4, Kind::Fixed64),
        (5, Kind::One(LIST)),
        (6, Kind::One(MAP)),
        (7, Kind::Text),
    ]
};
const SPAN: Schema = || {
    &[
        (1, Kind::Id(16)),
        (2, Kind::Id(8)),
        (3, Kind::Text),
        (4, Kind::Id(8)),
        (5, Kind::Text),
        (6, Kind::Varint),
        (7, Kind::Fixed64),
        (8, Kind::Fixed64),
        (9, Kind::Many(PAIR)),
        (10, Kind::Varint),
        (11, Kind::Many(EVENT)),
        (12, Kind::Varint),
        (13, Kind::Many(LINK)),
        (14, Kind::Varint),
        (15, Kind::One(STATUS)),
        (16, Kind::Fixed32),
    ]
};
const EVENT: Schema = || &[(1, Kind::Fixed64), (2, Kind::Text), (3, Kind::Many(PAIR)), (4, Kind::Varint)];
const LINK: Schema = || {
    &[
        (1, Kind::Id(16)),
        (2, Kind::Id(8)),
        (3, Kind::Text),
        (4, Kind::Many(PAIR)),
        (5, Kind::Varint),
        (6, Kind::Fixed32),
    ]
};
const LOG: Schema = || {
    &[
        (1, Kind::Fixed64),
        (2, Kind::Varint),
        (3, Kind::Text),
        (5, Kind::One(VALUE)),
        (6, Kind::Many(PAIR)),
        (7, Kind::Varint),
        (8, Kind::Fixed32),
        (9, Kind::Id(16)),
        (10, Kind::Id(8)),
        (11, Kind::Fixed64),
        (12, Kind::Text),
    ]
};

/// A message of this schema. `odd` of a thousand fields are not as it says.
pub(super) fn message(schema: Schema, odd: u64) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u64>(), 1..400).prop_map(move |choices| {
        let mut out = Vec::new();
        Soup { choices, at: 0, odd }.message(schema, 8, &mut out);
        out
    })
}

/// Writes messages as `choices` have it, and ends when there are no more.
struct Soup {
    choices: Vec<u64>,
    at: usize,
    odd: u64,
}

impl Soup {
    /// The next choice; 0 when there are no more, which every reader of it takes for an end.
    fn next(&mut self) -> u64 {
        self.at += 1;
        self.choices.get(self.at - 1).copied().unwrap_or(0)
    }

    /// A choice of `many`.
    fn one_of(&mut self, many: u64) -> u64 {
        self.next() % many
    }

    fn message(&mut self, schema: Schema, levels: usize, out: &mut Vec<u8>) {
        let fields = schema();
        // A value is one of several fields, other messages have any number of them.
        let is_value = std::ptr::eq(fields, VALUE());
        let count = if is_value { self.one_of(20).min(1) } else { 1 + self.one_of(8) };
        let mut had = 0_u32;
        for _ in 0..count {
            if self.at >= self.choices.len() {
                break;
            }
            let (number, kind) = fields[self.one_of(fields.len() as u64) as usize];
            let is_second = matches!(kind, Kind::One(_)) && had & 1 << number != 0;
            had |= 1 << number;
            let is_odd = self.one_of(1000) < self.odd;
            match (is_odd, is_second) {
                (true, false) => self.anything(number, out),
                (false, true) => {}
                _ => self.field(number, kind, levels, out),
            }
        }
    }

    fn field(&mut self, number: u32, kind: Kind, levels: usize, out: &mut Vec<u8>) {
        match kind {
            Kind::Varint => {
                varint(u64::from(number) << 3, out);
                let bits = self.one_of(65);
                let value = self.next();
                varint(if bits == 0 { 0 } else { value >> (64 - bits) }, out);
            }
            Kind::Fixed64 => {
                varint(u64::from(number) << 3 | 1, out);
                out.extend(self.next().to_le_bytes());
            }
            Kind::Fixed32 => {
                varint(u64::from(number) << 3 | 5, out);
                out.extend(&self.next().to_le_bytes()[..4]);
            }
            Kind::Text => {
                let text = ["", "a", "service.name", "é𝄞", "checkout", "\0"][self.one_of(6) as usize];
                bytes(number, text.as_bytes(), out);
            }
            Kind::Id(length) => {
                // Too short, zero, and as it should be.
                let length = if self.one_of(8) == 0 { length - 1 } else { length };
                let byte = u8::from(self.one_of(8) != 0);
                bytes(number, &vec![byte; length], out);
            }
            Kind::One(schema) | Kind::Many(schema) => {
                let mut inner = Vec::new();
                if levels > 0 {
                    self.message(schema, levels - 1, &mut inner);
                }
                bytes(number, &inner, out);
            }
        }
    }

    /// A field of this or of another number, in any wire type.
    fn anything(&mut self, number: u32, out: &mut Vec<u8>) {
        let number = [number, 4, 17, 100, 1000, (1 << 29) - 1][self.one_of(6) as usize];
        match self.one_of(8) {
            0 => {
                varint(u64::from(number) << 3, out);
                // Two bytes for a number that needs one.
                out.extend([0x81, 0x00]);
            }
            1 => {
                varint(u64::from(number) << 3, out);
                varint(u64::MAX, out);
            }
            2 => {
                varint(u64::from(number) << 3 | 1, out);
                out.extend([1; 8]);
            }
            3 => {
                varint(u64::from(number) << 3 | 5, out);
                out.extend([1; 4]);
            }
            4 => {
                varint(u64::from(number) << 3 | 3, out);
                varint(8, out);
                varint(1, out);
                varint(u64::from(number) << 3 | 4, out);
            }
            5 => bytes(number, b"\xff\xfe", out),
            6 => bytes(number, b"", out),
            // Numbers packed into one field, which is what they are not in OTLP.
            _ => bytes(number, &[1, 2, 3], out),
        }
    }
}

fn bytes(number: u32, content: &[u8], out: &mut Vec<u8>) {
    varint(u64::from(number) << 3 | 2, out);
    varint(content.len() as u64, out);
    out.extend(content);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
