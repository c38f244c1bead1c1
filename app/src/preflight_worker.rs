//! Preflight inside the worker: reads the file in slices and runs the vendor's rules over them.
//! Touches no page: there is no document in a worker.

use crate::model::finding::CheckedFile;
use crate::model::ids::{DatasetId, Kind};
use crate::vendors;
use js_sys::{Array, Function, Uint8Array};
use leptos::lazy;
use sha2::{Digest, Sha256};
use std::io::{Error, Read};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use web_sys::{File, FileReaderSync, MessageChannel, MessagePort};

/// How much of the file is read at a time, outside the WebAssembly; also how often progress is told.
const SLICE_BYTES: u32 = 4 * 1024 * 1024;

/// Checks `file` and returns a `CheckedFile` as JSON. `on_progress` is called with the bytes read so far.
///
/// # Errors
/// A text, where the file cannot be read.
#[wasm_bindgen]
pub async fn check_in_worker(
    file: File,
    kind: String,
    role: Option<String>,
    on_progress: Function,
) -> Result<String, JsValue> {
    check_slices(file, kind, role, on_progress).await
}

/// The vendors' rules: a part of the page's code that only the worker fetches.
#[lazy]
fn check_slices(file: File, kind: String, role: Option<String>, on_progress: Function) -> Result<String, JsValue> {
    let name = file.name();
    let kind = Kind::new(kind);
    let mut input = Hashed { input: Slices::open(file, &on_progress)?, hash: Sha256::new(), at_end: false };
    let mut report = vendors::check_file(&kind, role.as_deref(), &mut input, &mut |_| {})
        .map_err(|error| JsValue::from_str(&error.to_string()))?;
    report.add(vendors::check_file_name(&kind, &name));
    let sha256 = input.at_end.then(|| write_digest(&input.hash.finalize()));
    serde_json::to_string(&CheckedFile { report, sha256 }).map_err(|error| JsValue::from_str(&error.to_string()))
}

/// Hashes what is read through it.
struct Hashed<'a> {
    input: Slices<'a>,
    hash: Sha256,
    /// Whether the whole file was read; only then is the hash the file's.
    at_end: bool,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.at_end = count == 0 && !buffer.is_empty();
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// The file, slice by slice.
struct Slices<'a> {
    file: File,
    reader: FileReaderSync,
    on_progress: &'a Function,
    drain: MessagePort,
    /// Where the next slice begins. Sizes are doubles in the browser: whole up to 2^53.
    next: f64,
    slice: Uint8Array,
    taken: u32,
}

impl<'a> Slices<'a> {
    fn open(file: File, on_progress: &'a Function) -> Result<Self, JsValue> {
        let reader = FileReaderSync::new()?;
        let channel = MessageChannel::new()?;
        channel.port1().close();
        let slice = Uint8Array::new_with_length(0);
        Ok(Self { file, reader, on_progress, drain: channel.port2(), next: 0.0, slice, taken: 0 })
    }

    fn read_slice(&mut self) -> Result<(), JsValue> {
        let end = (self.next + f64::from(SLICE_BYTES)).min(self.file.size());
        self.free_slice()?;
        let blob = self.file.slice_with_f64_and_f64(self.next, end)?;
        self.slice = Uint8Array::new(self.reader.read_as_array_buffer(&blob)?.as_ref());
        self.taken = 0;
        self.next = end;
        self.on_progress.call1(&JsValue::NULL, &JsValue::from_f64(end))?;
        Ok(())
    }

    /// Gives the slice's memory back at once, by sending it to a port that is closed. Left to the garbage collector, the
    /// slices of a file of 100 MB pile up to 115 MB (measured in Chromium); `ArrayBuffer.transfer` changes nothing.
    fn free_slice(&mut self) -> Result<(), JsValue> {
        let buffer = std::mem::replace(&mut self.slice, Uint8Array::new_with_length(0)).buffer();
        self.drain.post_message_with_transferable(&JsValue::NULL, &Array::of1(&buffer))
    }
}

impl Read for Slices<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.taken == self.slice.length() {
            if self.next >= self.file.size() {
                return Ok(0);
            }
            self.read_slice().map_err(|_| {
                Error::other("The browser cannot read the file. Was it moved, or is a program writing to it?")
            })?;
        }
        let room = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let count = room.min(self.slice.length() - self.taken);
        let piece = self.slice.subarray(self.taken, self.taken + count);
        let count_bytes = count as usize;
        piece.copy_to(&mut buffer[..count_bytes]);
        self.taken += count;
        Ok(count_bytes)
    }
}

fn write_digest(digest: &[u8]) -> DatasetId {
    let hex = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    DatasetId::new(digest.iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).collect::<String>())
}
