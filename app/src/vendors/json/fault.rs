//! Why a file cannot be read as JSON, in words for people.
//! Decides nothing: the scanner finds the fault, the vendor's preflight says how much it matters.

use crate::model::finding::{Finding, Severity};

/// What stands in the way, at one place of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// UTF-16 or UTF-32, by its byte order mark or its zero bytes.
    WideText,
    /// The named format (`a ZIP archive`).
    Packed(&'static str),
    /// This byte starts no UTF-8 character.
    NotUtf8(u8),
    ZeroByte,
    /// An unescaped control character within quotes.
    ControlInText(u8),
    LineBreakInText,
    UnclosedText,
    BadEscape,
    HalfSurrogate,
    BadNumber,
    /// `NaN`, `None`, `True`, `undefined`.
    ForeignWord,
    SingleQuote,
    TrailingComma,
    MissingComma,
    MissingColon,
    KeyNotQuoted,
    /// A byte that cannot stand here.
    Unexpected(u8),
    /// Something follows the end of the array.
    AfterTheEnd,
    /// The file neither begins with `[` nor with `{`.
    NoContainer(u8),
    EndsEarly,
    TooDeep,
    RecordTooLarge,
}

/// A problem and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub problem: Problem,
    /// From 1.
    pub line: u64,
    /// The byte within the line, from 1.
    pub byte: u64,
}

impl Problem {
    /// Whether reading may go on at the next line of a JSON Lines file.
    pub const fn ends_with_its_line(self) -> bool {
        !matches!(self, Self::WideText | Self::Packed(_) | Self::NotUtf8(_) | Self::EndsEarly | Self::RecordTooLarge)
    }

    /// The rule's short name.
    pub const fn check(self) -> &'static str {
        match self {
            Self::WideText | Self::NotUtf8(_) => "not_utf8",
            Self::Packed(_) => "packed_file",
            Self::ZeroByte => "zero_byte",
            Self::TooDeep => "too_deep",
            Self::RecordTooLarge => "record_too_large",
            Self::EndsEarly | Self::UnclosedText => "file_cut_off",
            Self::NoContainer(_) => "no_array_or_object",
            Self::AfterTheEnd => "after_the_end",
            _ => "not_json",
        }
    }

    /// What happened.
    fn message(self) -> String {
        match self {
            Self::WideText => "The file is in UTF-16 or UTF-32; it has to be in UTF-8.".to_owned(),
            Self::Packed(format) => format!("The file is {format}, not JSON text."),
            Self::NotUtf8(byte) => {
                format!("Byte {byte:02X} is no UTF-8; the file was probably saved in an older Windows or ISO encoding.")
            }
            Self::ZeroByte => "A zero byte (NUL) stands here; JSON text has none.".to_owned(),
            Self::ControlInText(b'\t') => "A tab stands within quotes; JSON wants \\t there.".to_owned(),
            Self::ControlInText(byte) => {
                format!("Control character {byte:02X} stands within quotes; JSON wants \\u00{byte:02X} there.")
            }
            Self::LineBreakInText => {
                "The line ends within quotes. A closing quote is missing, or a line break should be \\n.".to_owned()
            }
            Self::UnclosedText => "The text that begins here is never closed: the file ends within quotes.".to_owned(),
            Self::BadEscape => "There is no such escape; after \\ JSON allows \" \\ / b f n r t and uXXXX.".to_owned(),
            Self::HalfSurrogate => "This \\u escape is half of a character; its other half is missing.".to_owned(),
            Self::BadNumber => "This is no JSON number; write it like 12, -3.5 or 1e9.".to_owned(),
            Self::ForeignWord => "This word is no JSON; it knows only true, false and null.".to_owned(),
            Self::SingleQuote => "Texts stand in double quotes in JSON, not in single ones.".to_owned(),
            Self::TrailingComma => "A comma stands before the closing bracket.".to_owned(),
            Self::MissingComma => "A comma or the closing bracket is missing here.".to_owned(),
            Self::MissingColon => "A colon is missing between the name and its value.".to_owned(),
            Self::KeyNotQuoted => "A name in double quotes is expected here.".to_owned(),
            Self::Unexpected(byte) => format!("{} cannot stand here.", name_byte(byte)),
            Self::AfterTheEnd => "Something follows the end of the array.".to_owned(),
            Self::NoContainer(byte) => {
                format!("The file begins with {}; a JSON file of records begins with [ or {{.", name_byte(byte))
            }
            Self::EndsEarly => "The file ends in the middle: a closing bracket is missing.".to_owned(),
            Self::TooDeep => "Brackets are nested deeper than 64 levels.".to_owned(),
            Self::RecordTooLarge => {
                "One record is larger than 16 MiB; probably a bracket or a quote is missing.".to_owned()
            }
        }
    }

    /// What to do about it.
    fn fix(self) -> Option<&'static str> {
        match self {
            Self::WideText | Self::NotUtf8(_) => Some("Save the file again with the encoding UTF-8."),
            Self::Packed(_) => Some("Unpack or export it, and drop the JSON file itself."),
            Self::EndsEarly | Self::UnclosedText => Some("Export or copy the file again; it was cut off."),
            Self::ForeignWord => Some("Write null, true or false."),
            Self::NoContainer(_) => Some("Export the data as JSON: one array of records, or one record per line."),
            Self::TrailingComma => Some("Remove the comma."),
            Self::AfterTheEnd => Some("Put all records into one array, or write one record per line without an array."),
            _ => None,
        }
    }
}

impl Fault {
    /// The fault as a finding that blocks, for the record `row`.
    pub fn to_finding(self, row: Option<u64>) -> Finding {
        Finding {
            check: self.problem.check().to_owned(),
            severity: Severity::Error,
            row,
            line: Some(self.line),
            column: Some(format!("byte {}", self.byte)),
            message: self.problem.message(),
            fix: self.problem.fix().map(str::to_owned),
            predicts: None,
        }
    }
}

fn name_byte(byte: u8) -> String {
    match byte {
        0x21..=0x7e => format!("\"{}\"", char::from(byte)),
        0x80.. => "A letter outside quotes".to_owned(),
        _ => format!("Control character {byte:02X}"),
    }
}
