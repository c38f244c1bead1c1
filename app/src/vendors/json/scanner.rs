//! Reads JSON from a stream, strictly (RFC 8259), without keeping what it reads.
//! Never builds a value; memory is one buffer and at most 64 open brackets, whatever the file holds.

use super::fault::{Fault, Problem};
use std::io::{ErrorKind, Read};

/// Deeper nesting is refused: readers of JSON stop there too (.NET's at 64, ours at the server at 128).
pub const MAX_DEPTH: usize = 64;

/// Few enough that a worker in the browser does not notice, many enough that reads are rare.
const BUFFER_BYTES: usize = 256 * 1024;

/// Why scanning stopped.
#[derive(Debug)]
pub enum Stop {
    /// The file is no JSON here.
    Fault(Fault),
    /// The file cannot be read at all.
    Unreadable(std::io::Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A position in JSON text. Every `skip_` and `read_` moves it forward; `peek_` does not.
pub struct Scanner<'a> {
    input: &'a mut dyn Read,
    /// Told how many bytes were read so far, once per buffer.
    on_progress: &'a mut dyn FnMut(u64),
    buffer: Box<[u8]>,
    at: usize,
    /// `buffer[at..end]` is UTF-8 that was not scanned yet.
    end: usize,
    /// `buffer[end..filled]` is the beginning of a character whose rest is not read yet, or no UTF-8.
    filled: usize,
    /// Whether `buffer[end]` is no UTF-8.
    broken: bool,
    /// Where `buffer[0]` stands in the file.
    offset: u64,
    line: u64,
    line_starts: u64,
    /// Reading beyond this offset is refused.
    limit: u64,
    bytes: u64,
    has_bom: bool,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning of `input`; a UTF-8 byte order mark is skipped.
    pub fn open(input: &'a mut dyn Read, on_progress: &'a mut dyn FnMut(u64)) -> Result<Self, Stop> {
        let mut scanner = Self {
            input,
            on_progress,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            at: 0,
            end: 0,
            filled: 0,
            broken: false,
            offset: 0,
            line: 1,
            line_starts: 0,
            limit: u64::MAX,
            bytes: 0,
            has_bom: false,
        };
        scanner.read_buffer()?;
        Ok(scanner)
    }

    /// How many bytes were read from the input.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the file began with a byte order mark.
    pub const fn has_bom(&self) -> bool {
        self.has_bom
    }

    /// The line of the next byte, from 1.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// Where the next byte stands in the file, from 0.
    pub const fn position(&self) -> u64 {
        self.offset + self.at as u64
    }

    /// Refuses to read on (`RecordTooLarge`) more than one buffer beyond `position`; `None` lifts that.
    pub fn limit_to(&mut self, position: Option<u64>) {
        self.limit = position.unwrap_or(u64::MAX);
    }

    /// A fault at the next byte.
    pub fn fault(&self, problem: Problem) -> Stop {
        let byte = self.position().saturating_sub(self.line_starts) + 1;
        Stop::Fault(Fault { problem, line: self.line, byte })
    }

    /// The fault of a byte that cannot stand where it stands.
    pub fn unexpected(&self, byte: u8) -> Stop {
        self.fault(match byte {
            0 => Problem::ZeroByte,
            b'\'' => Problem::SingleQuote,
            b'A'..=b'Z' | b'a'..=b'z' => Problem::ForeignWord,
            b'+' | b'.' => Problem::BadNumber,
            _ => Problem::Unexpected(byte),
        })
    }

    /// Skips white space and tells the byte behind it, `None` at the end of the file.
    pub fn peek_token(&mut self) -> Result<Option<u8>, Stop> {
        loop {
            while let Some(byte) = self.buffer[..self.end].get(self.at).copied() {
                match byte {
                    b' ' | b'\t' | b'\r' => self.at += 1,
                    b'\n' => {
                        self.at += 1;
                        self.line += 1;
                        self.line_starts = self.position();
                    }
                    _ => return Ok(Some(byte)),
                }
            }
            if !self.read_buffer()? {
                return Ok(None);
            }
        }
    }

    /// Steps over the byte that `peek_token` told.
    pub fn skip_token(&mut self) {
        self.at += 1;
    }

    /// Goes to the beginning of the next line.
    pub fn skip_line(&mut self) -> Result<(), Stop> {
        loop {
            let rest = &self.buffer[self.at..self.end];
            if let Some(before) = rest.iter().position(|byte| *byte == b'\n') {
                self.at += before;
                return Ok(());
            }
            self.at = self.end;
            if !self.read_buffer()? {
                return Ok(());
            }
        }
    }

    /// Skips one value of any sort. `depth` counts the brackets that are open around it.
    pub fn skip_value(&mut self, depth: usize) -> Result<(), Stop> {
        let mut open = Vec::new();
        loop {
            let first = self.peek_token()?.ok_or_else(|| self.fault(Problem::EndsEarly))?;
            let closer = match first {
                b'{' => Some(b'}'),
                b'[' => Some(b']'),
                _ => None,
            };
            if let Some(closer) = closer {
                if depth + open.len() >= MAX_DEPTH {
                    return Err(self.fault(Problem::TooDeep));
                }
                self.skip_token();
                if self.peek_token()? == Some(closer) {
                    self.skip_token();
                } else {
                    open.push(closer);
                    if closer == b'}' {
                        self.read_key(&mut |_| {})?;
                    }
                    continue;
                }
            } else {
                self.skip_scalar(first)?;
            }
            loop {
                let Some(closer) = open.last().copied() else {
                    return Ok(());
                };
                if self.skip_separator(closer)? {
                    if closer == b'}' {
                        self.read_key(&mut |_| {})?;
                    }
                    break;
                }
                open.pop();
            }
        }
    }

    /// After a value within brackets: skips `,` (true: another one follows) or the closing bracket (false).
    pub fn skip_separator(&mut self, closer: u8) -> Result<bool, Stop> {
        match self.peek_token()? {
            Some(b',') => {
                self.skip_token();
                if self.peek_token()? == Some(closer) {
                    return Err(self.fault(Problem::TrailingComma));
                }
                Ok(true)
            }
            Some(byte) if byte == closer => {
                self.skip_token();
                Ok(false)
            }
            Some(0) => Err(self.fault(Problem::ZeroByte)),
            Some(_) => Err(self.fault(Problem::MissingComma)),
            None => Err(self.fault(Problem::EndsEarly)),
        }
    }

    /// Reads a name and its colon; `sink` gets the name in pieces, unescaped.
    pub fn read_key(&mut self, sink: &mut dyn FnMut(&[u8])) -> Result<(), Stop> {
        match self.peek_token()? {
            Some(b'"') => self.read_text(sink)?,
            Some(byte @ (0 | b'\'')) => return Err(self.unexpected(byte)),
            Some(_) => return Err(self.fault(Problem::KeyNotQuoted)),
            None => return Err(self.fault(Problem::EndsEarly)),
        }
        match self.peek_token()? {
            Some(b':') => {
                self.skip_token();
                Ok(())
            }
            Some(_) => Err(self.fault(Problem::MissingColon)),
            None => Err(self.fault(Problem::EndsEarly)),
        }
    }

    /// Reads a text whose opening quote is next; `sink` gets it in pieces of whole characters, unescaped.
    pub fn read_text(&mut self, sink: &mut dyn FnMut(&[u8])) -> Result<(), Stop> {
        let unclosed = self.fault(Problem::UnclosedText);
        self.at += 1;
        loop {
            let rest = &self.buffer[self.at..self.end];
            let run = count_plain(rest);
            if run > 0 {
                sink(&rest[..run]);
                self.at += run;
            }
            match self.peek_byte()? {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.read_escape(sink)?,
                Some(b'\n' | b'\r') => return Err(self.fault(Problem::LineBreakInText)),
                Some(0) => return Err(self.fault(Problem::ZeroByte)),
                Some(byte) if byte < 0x20 => return Err(self.fault(Problem::ControlInText(byte))),
                Some(_) => {}
                None => return Err(unclosed),
            }
        }
    }

    fn skip_scalar(&mut self, first: u8) -> Result<(), Stop> {
        match first {
            b'"' => self.read_text(&mut |_| {}),
            b'-' | b'0'..=b'9' => self.skip_number(),
            b't' => self.skip_word(b"true"),
            b'f' => self.skip_word(b"false"),
            b'n' => self.skip_word(b"null"),
            _ => Err(self.unexpected(first)),
        }
    }

    fn skip_word(&mut self, word: &[u8]) -> Result<(), Stop> {
        let wrong = self.fault(Problem::ForeignWord);
        for expected in word {
            match self.peek_byte()? {
                Some(byte) if byte == *expected => self.at += 1,
                Some(_) => return Err(wrong),
                None => return Err(self.fault(Problem::EndsEarly)),
            }
        }
        Ok(())
    }

    fn skip_number(&mut self) -> Result<(), Stop> {
        let wrong = self.fault(Problem::BadNumber);
        if self.peek_byte()? == Some(b'-') {
            self.at += 1;
        }
        let starts_with_zero = self.peek_byte()? == Some(b'0');
        let whole = self.skip_digits()?;
        if whole == 0 || (starts_with_zero && whole > 1) {
            return Err(wrong);
        }
        if self.peek_byte()? == Some(b'.') {
            self.at += 1;
            if self.skip_digits()? == 0 {
                return Err(wrong);
            }
        }
        if let Some(b'e' | b'E') = self.peek_byte()? {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek_byte()? {
                self.at += 1;
            }
            if self.skip_digits()? == 0 {
                return Err(wrong);
            }
        }
        Ok(())
    }

    fn skip_digits(&mut self) -> Result<u64, Stop> {
        let mut count = 0;
        while let Some(b'0'..=b'9') = self.peek_byte()? {
            self.at += 1;
            count += 1;
        }
        Ok(count)
    }

    fn read_escape(&mut self, sink: &mut dyn FnMut(&[u8])) -> Result<(), Stop> {
        let bad = self.fault(Problem::BadEscape);
        self.at += 1;
        let Some(byte) = self.peek_byte()? else {
            return Err(self.fault(Problem::EndsEarly));
        };
        self.at += 1;
        match byte {
            b'"' | b'\\' | b'/' => sink(&[byte]),
            b'b' => sink(b"\x08"),
            b'f' => sink(b"\x0c"),
            b'n' => sink(b"\n"),
            b'r' => sink(b"\r"),
            b't' => sink(b"\t"),
            b'u' => {
                let Stop::Fault(place) = bad else { return Err(bad) };
                let decoded = self.read_code_point(place)?;
                sink(decoded.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => return Err(bad),
        }
        Ok(())
    }

    fn read_code_point(&mut self, place: Fault) -> Result<char, Stop> {
        let half = Fault { problem: Problem::HalfSurrogate, ..place };
        let first = self.read_hex(place)?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(Stop::Fault(half));
        }
        for expected in *b"\\u" {
            if self.peek_byte()? != Some(expected) {
                return Err(half.into());
            }
            self.at += 1;
        }
        let second = self.read_hex(place)?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(half.into());
        }
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        char::from_u32(code).ok_or(Stop::Fault(half))
    }

    fn read_hex(&mut self, place: Fault) -> Result<u32, Stop> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek_byte()?.and_then(|byte| char::from(byte).to_digit(16));
            code = code * 16 + digit.ok_or(Stop::Fault(place))?;
            self.at += 1;
        }
        Ok(code)
    }

    fn peek_byte(&mut self) -> Result<Option<u8>, Stop> {
        if self.at == self.end && !self.read_buffer()? {
            return Ok(None);
        }
        Ok(Some(self.buffer[self.at]))
    }

    /// Reads the next buffer once this one is scanned; false at the end of the file.
    fn read_buffer(&mut self) -> Result<bool, Stop> {
        if self.broken {
            return Err(self.fault(Problem::NotUtf8(self.buffer[self.end])));
        }
        if self.position() > self.limit {
            return Err(self.fault(Problem::RecordTooLarge));
        }
        self.buffer.copy_within(self.end..self.filled, 0);
        self.offset += self.end as u64;
        self.filled -= self.end;
        (self.at, self.end) = (0, 0);
        let before = self.filled;
        while self.filled < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => break,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Stop::Unreadable(error)),
            }
        }
        if self.filled == before {
            return if before == 0 { Ok(false) } else { Err(self.fault(Problem::NotUtf8(self.buffer[0]))) };
        }
        self.bytes += (self.filled - before) as u64;
        (self.on_progress)(self.bytes);
        if self.offset == 0 && before == 0 {
            self.look_at_head()?;
        }
        match std::str::from_utf8(&self.buffer[..self.filled]) {
            Ok(text) => self.end = text.len(),
            Err(error) => {
                self.end = error.valid_up_to();
                self.broken = error.error_len().is_some();
            }
        }
        // Nothing whole in it: either no UTF-8, or a file that ends within its only character.
        if self.end == 0 { self.read_buffer() } else { Ok(true) }
    }

    /// Recognises what is no UTF-8 text by its first bytes, and skips a byte order mark.
    fn look_at_head(&mut self) -> Result<(), Stop> {
        match &self.buffer[..self.filled.min(4)] {
            [0, 0, 0, 0] => Err(self.fault(Problem::ZeroByte)),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => Err(self.fault(Problem::WideText)),
            [b'P', b'K', 3, 4] => Err(self.fault(Problem::Packed("a ZIP archive or an Excel workbook"))),
            [0x1f, 0x8b, ..] => Err(self.fault(Problem::Packed("packed with gzip"))),
            [0xef, 0xbb, 0xbf, ..] => {
                self.has_bom = true;
                self.at = 3;
                self.line_starts = 3;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// How many bytes from the start are neither a quote, nor a backslash, nor a control character. Looks at eight at once.
fn count_plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let is_special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (words, _) = bytes.as_chunks::<8>();
    let mut plain = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let quote = has_zero(word ^ (ONES * u64::from(b'"')));
        let backslash = has_zero(word ^ (ONES * u64::from(b'\\')));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        if quote | backslash | control != 0 {
            break;
        }
        plain += 8;
    }
    plain + bytes[plain..].iter().position(is_special).unwrap_or(bytes.len() - plain)
}
