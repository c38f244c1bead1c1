//! One record of a classification file: its `Label` and its `Text`, and what is wrong with them.
//! Keeps no text: of a value only its sort, whether it is blank, and a hash of the label.

use super::preflight::finding;
use crate::model::finding::{Finding, Severity};
use crate::vendors::json::fault::Problem;
use crate::vendors::json::scanner::{MAX_DEPTH, Scanner, Stop};

/// A record with more names than this is refused.
const MAX_KEYS: u32 = 10_000;

/// Longer names cannot be one of ours; their rest is not kept.
const MAX_NAME_BYTES: usize = 24;

/// The names that SESTEK reads (contract 7), and the rules' names for each.
const NAMES: [&str; 2] = ["Label", "Text"];
const RULES: [Rules; 2] = [
    Rules {
        missing: "label_missing",
        wrong_case: "label_wrong_case",
        no_text: "label_no_text",
        blank: "label_blank",
        twice: "label_twice",
    },
    Rules {
        missing: "text_missing",
        wrong_case: "text_wrong_case",
        no_text: "text_no_text",
        blank: "text_blank",
        twice: "text_twice",
    },
];

struct Rules {
    missing: &'static str,
    wrong_case: &'static str,
    no_text: &'static str,
    blank: &'static str,
    twice: &'static str,
}

/// What one of the two columns holds in one record.
#[derive(Default)]
struct Column {
    /// How often the name stands in the record.
    times: u32,
    /// The name as written, where only its case or its spaces are wrong.
    misspelt: Option<String>,
    value: Value,
    hash: u64,
}

/// The sort of a value.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Value {
    #[default]
    Missing,
    Text,
    Blank,
    Other(&'static str),
}

/// Both columns of one record.
pub(super) struct Columns {
    columns: [Column; 2],
    keys: u32,
}

impl Columns {
    /// Reads a record whose `{` is next; `depth` counts the brackets that are open around it.
    pub(super) fn read(scanner: &mut Scanner<'_>, depth: usize) -> Result<Self, Stop> {
        let mut record = Self { columns: Default::default(), keys: 0 };
        scanner.skip_token();
        if scanner.peek_token()? == Some(b'}') {
            scanner.skip_token();
            return Ok(record);
        }
        let mut name = Vec::with_capacity(MAX_NAME_BYTES);
        loop {
            name.clear();
            scanner.read_key(&mut |piece| {
                let room = MAX_NAME_BYTES.saturating_sub(name.len());
                name.extend_from_slice(&piece[..piece.len().min(room)]);
            })?;
            record.keys = record.keys.saturating_add(1);
            record.read_value(&name, scanner, depth + 1)?;
            if !scanner.skip_separator(b'}')? {
                return Ok(record);
            }
        }
    }

    fn read_value(&mut self, name: &[u8], scanner: &mut Scanner<'_>, depth: usize) -> Result<(), Stop> {
        debug_assert!(depth < MAX_DEPTH, "records stand at the top or within one array");
        for (column, wanted) in self.columns.iter_mut().zip(NAMES) {
            if name == wanted.as_bytes() {
                column.times += 1;
                return column.read_value(scanner, depth);
            }
            if name.trim_ascii().eq_ignore_ascii_case(wanted.as_bytes()) {
                column.misspelt = Some(String::from_utf8_lossy(name).into_owned());
            }
        }
        scanner.skip_value(depth)
    }

    /// The hash of the label, where it has a usable one.
    pub(super) fn label_hash(&self) -> Option<u64> {
        (self.columns[0].value == Value::Text).then_some(self.columns[0].hash)
    }

    /// Tells everything that is wrong with the record.
    pub(super) fn judge(&self, keep: &mut dyn FnMut(Finding)) {
        for ((column, name), rules) in self.columns.iter().zip(NAMES).zip(RULES) {
            if let Some(found) = column.judge(name, &rules) {
                keep(Finding { column: Some(name.to_owned()), ..found });
            }
            if column.times > 1 {
                let message = format!("This record has {name} more than once; the last one counts for most readers.");
                keep(Finding { column: Some(name.to_owned()), ..finding(rules.twice, Severity::Warning, &message) });
            }
        }
        if self.keys > MAX_KEYS {
            keep(finding("too_many_keys", Severity::Error, "This record has more than 10,000 names."));
        }
    }
}

impl Column {
    fn read_value(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Result<(), Stop> {
        self.value = match scanner.peek_token()? {
            Some(b'"') => {
                let mut hash = LabelHash::default();
                let mut is_blank = true;
                scanner.read_text(&mut |piece| {
                    hash.add(piece);
                    is_blank = is_blank && std::str::from_utf8(piece).is_ok_and(|text| text.trim().is_empty());
                })?;
                self.hash = hash.0;
                self.value = if is_blank { Value::Blank } else { Value::Text };
                return Ok(());
            }
            Some(b'{') => Value::Other("an object"),
            Some(b'[') => Value::Other("a list"),
            Some(b't' | b'f') => Value::Other("true or false"),
            Some(b'n') => Value::Other("null"),
            Some(_) => Value::Other("a number"),
            None => return Err(scanner.fault(Problem::EndsEarly)),
        };
        scanner.skip_value(depth)
    }

    fn judge(&self, name: &str, rules: &Rules) -> Option<Finding> {
        let error = |check, message: String, fix: String| {
            Some(Finding { fix: Some(fix), ..finding(check, Severity::Error, &message) })
        };
        match (self.value, &self.misspelt) {
            (Value::Text, _) => None,
            (Value::Missing, Some(written)) => error(
                rules.wrong_case,
                format!("The name is written \"{written}\"; SESTEK reads \"{name}\"."),
                format!("Rename \"{written}\" to \"{name}\" in every record."),
            ),
            (Value::Missing, None) => {
                error(rules.missing, format!("{name} is missing."), format!("Give the record a {name}."))
            }
            (Value::Blank, _) => {
                error(rules.blank, format!("{name} is empty."), "Fill it in, or remove the record.".to_owned())
            }
            (Value::Other(sort), _) => error(
                rules.no_text,
                format!("{name} is {sort}; it has to be a text."),
                format!("Write {name} in double quotes."),
            ),
        }
    }
}

/// FNV-1a: labels are counted, not kept; an equal hash of two labels would only make the count one less.
struct LabelHash(u64);

impl Default for LabelHash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl LabelHash {
    fn add(&mut self, piece: &[u8]) {
        for byte in piece {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
