//! The leaves of OTLP JSON, as leniently as real senders need it: numbers as strings, enums by name, null anywhere.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::model::{Severity, SpanId, SpanKind, StatusCode, TraceId};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// How the ids of a text are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::parse) enum IdForm {
    /// Nobody knows: hex as OTLP has it, but base64 where length and padding are those of an id's bytes in base64.
    ByLength,
    /// In base64, as the writer is known for it. No hex of full length is the base64 of as many bytes as an id has, so it
    /// is taken as well.
    Base64,
}

/// A leaf that is read leniently; null is its default.
#[derive(Clone, Copy, Default)]
pub(in crate::parse) struct Lenient<L>(pub(in crate::parse) L);

/// A text. Borrows where the JSON has no escapes.
pub(in crate::parse) type Text<'a> = Lenient<Cow<'a, str>>;

/// An enum's number or name.
pub(in crate::parse) type Enum<'a> = Lenient<Word<'a>>;

/// A signed integer: a JSON number or its digits in a string; the empty string is 0.
pub(in crate::parse) type Int = Lenient<i64>;

/// An unsigned integer such as a time, written as [`Int`] is; what is negative or out of range is 0.
pub(in crate::parse) type Unsigned = Lenient<u64>;

/// A double: a JSON number, its digits in a string, or `NaN`, `Infinity`, `-Infinity`.
pub(in crate::parse) type Double = Lenient<f64>;

/// An enum's number or its name.
pub(in crate::parse) enum Word<'a> {
    /// The number, as the specification asks for.
    Number(i64),
    /// The name in protobuf's spelling (`SPAN_KIND_SERVER`).
    Name(Cow<'a, str>),
}

impl Default for Word<'_> {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Word<'_> {
    /// The span kind meant.
    pub(in crate::parse) fn span_kind(&self) -> SpanKind {
        const NUMBERS: [&str; 6] = ["unspecified", "internal", "server", "client", "producer", "consumer"];
        SpanKind::from_number(self.number("SPAN_KIND_", &NUMBERS))
    }

    /// The status code meant.
    pub(in crate::parse) fn status_code(&self) -> StatusCode {
        StatusCode::from_number(self.number("STATUS_CODE_", &["unset", "ok", "error"]))
    }

    /// The severity meant.
    pub(in crate::parse) fn severity(&self) -> Severity {
        match self {
            Self::Number(number) => Severity::from_number(*number),
            Self::Name(name) => {
                let short = name.strip_prefix("SEVERITY_NUMBER_").unwrap_or(name);
                Severity::from_name(short.as_bytes()).unwrap_or_default()
            }
        }
    }

    /// The number, or the place of the name without `prefix` among `names`; 0 for a name that is not among them.
    fn number(&self, prefix: &str, names: &[&str]) -> i64 {
        match self {
            Self::Number(number) => *number,
            Self::Name(name) => {
                let short = name.strip_prefix(prefix).unwrap_or(name);
                let place = names.iter().position(|known| known.eq_ignore_ascii_case(short));
                place.and_then(|place| i64::try_from(place).ok()).unwrap_or(0)
            }
        }
    }
}

impl Lenient<Cow<'_, str>> {
    /// The text in a box of its own.
    pub(in crate::parse) fn into_box(self) -> Box<str> {
        self.0.into_owned().into_boxed_str()
    }

    /// A trace id.
    pub(in crate::parse) fn trace_id(&self, form: IdForm) -> Option<TraceId> {
        self.id(form, 24, "==", TraceId::from_bytes, TraceId::from_hex)
    }

    /// A span id.
    pub(in crate::parse) fn span_id(&self, form: IdForm) -> Option<SpanId> {
        self.id(form, 12, "=", SpanId::from_bytes, SpanId::from_hex)
    }

    /// An id whose base64 has so many characters, of which the last are padding.
    fn id<I>(
        &self,
        form: IdForm,
        length: usize,
        padding: &str,
        of_bytes: fn(&[u8]) -> Option<I>,
        of_hex: fn(&[u8]) -> Option<I>,
    ) -> Option<I> {
        let text = &*self.0;
        let in_base64 = || base64(text).and_then(|bytes| of_bytes(&bytes));
        let in_hex = || of_hex(text.as_bytes());
        match form {
            IdForm::Base64 => in_base64().or_else(in_hex),
            IdForm::ByLength if text.len() == length && text.ends_with(padding) => in_base64(),
            IdForm::ByLength => in_hex(),
        }
    }
}

/// The bytes of base64 in either alphabet, with or without padding.
pub(in crate::parse) fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

/// What a leaf makes of each kind of JSON value. What it has no opinion on makes its record unreadable.
trait Leaf<'a>: Sized + Default {
    const EXPECTED: &'static str;

    fn text(text: Cow<'a, str>) -> Option<Self>;

    fn integer(_: i128) -> Option<Self> {
        None
    }

    fn float(_: f64) -> Option<Self> {
        None
    }
}

impl<'de: 'a, 'a> Leaf<'de> for Cow<'a, str> {
    const EXPECTED: &'static str = "a string";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        Some(text)
    }
}

impl<'de: 'a, 'a> Leaf<'de> for Word<'a> {
    const EXPECTED: &'static str = "the number or name of an enum value";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        Some(text.parse().map_or(Self::Name(text), Self::Number))
    }

    fn integer(number: i128) -> Option<Self> {
        Some(Self::Number(i64::try_from(number).unwrap_or(0)))
    }
}

impl<'de> Leaf<'de> for i64 {
    const EXPECTED: &'static str = "an integer or its digits in a string";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        if text.is_empty() { Some(0) } else { text.parse().ok() }
    }

    fn integer(number: i128) -> Option<Self> {
        Self::try_from(number).ok()
    }

    /// Writers in dynamic languages put `1e3` or `5.0` where an integer belongs.
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers only, and the conversion saturates")]
    fn float(number: f64) -> Option<Self> {
        (number.fract() == 0.0).then_some(number as Self)
    }
}

impl<'de> Leaf<'de> for u64 {
    const EXPECTED: &'static str = "an unsigned integer or its digits in a string";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        if text.is_empty() { Some(0) } else { Self::integer(text.parse().ok()?) }
    }

    fn integer(number: i128) -> Option<Self> {
        Some(Self::try_from(number).unwrap_or(0))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
    fn float(number: f64) -> Option<Self> {
        Some(number as Self)
    }
}

impl<'de> Leaf<'de> for f64 {
    const EXPECTED: &'static str = "a number, its digits in a string, NaN, Infinity or -Infinity";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        text.parse().ok()
    }

    #[expect(clippy::cast_precision_loss, reason = "the field is a double, whatever its writer thought")]
    fn integer(number: i128) -> Option<Self> {
        Some(number as Self)
    }

    fn float(number: f64) -> Option<Self> {
        Some(number)
    }
}

struct LeafVisitor<L>(PhantomData<L>);

impl<'de, L: Leaf<'de>> Visitor<'de> for LeafVisitor<L> {
    type Value = Lenient<L>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(L::EXPECTED)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Lenient<L>, E> {
        checked(L::text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Lenient<L>, E> {
        checked(L::text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Lenient<L>, E> {
        checked(L::integer(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Lenient<L>, E> {
        checked(L::integer(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Lenient<L>, E> {
        checked(L::float(number))
    }

    fn visit_unit<E: Error>(self) -> Result<Lenient<L>, E> {
        Ok(Lenient::default())
    }
}

fn checked<'de, L: Leaf<'de>, E: Error>(leaf: Option<L>) -> Result<Lenient<L>, E> {
    leaf.map(Lenient).ok_or_else(|| E::custom(format_args!("expected {}", L::EXPECTED)))
}

impl<'de, L: Leaf<'de>> Deserialize<'de> for Lenient<L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LeafVisitor(PhantomData))
    }
}
