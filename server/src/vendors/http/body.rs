//! Request bodies: nothing, a form, or multipart with streamed files.
//! Knows no vendor; memory does not grow with the size of a file.

use crate::secret::Secret;
use crate::vendors::vendor::FileSource;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use http_body_util::BodyExt as _;
use reqwest::multipart::{Form, Part};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a call carries.
pub enum CallBody {
    /// No body and no Content-Type.
    Nothing,
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(&'static str, Secret)>),
    /// `application/json`: a finished text, which may hold secrets.
    Json(Secret),
    /// `multipart/form-data`, the parts in order.
    Parts(Vec<BodyPart>),
}

/// One part of a multipart body.
pub enum BodyPart {
    Text {
        name: &'static str,
        value: String,
    },
    File {
        name: &'static str,
        /// ASCII without quotes.
        file_name: String,
        content_type: &'static str,
        size_bytes: u64,
        source: FileSource,
    },
}

/// Puts the body into the request. Errors: a data file whose beginning cannot be read, before anything is sent.
pub(super) async fn attach_body(
    builder: reqwest::RequestBuilder,
    body: CallBody,
) -> std::io::Result<reqwest::RequestBuilder> {
    match body {
        CallBody::Nothing => Ok(builder),
        CallBody::Form(fields) => {
            let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.expose())).collect();
            Ok(builder.form(&pairs))
        }
        CallBody::Json(text) => {
            Ok(builder.header(http::header::CONTENT_TYPE, "application/json").body(text.expose().to_owned()))
        }
        CallBody::Parts(parts) => {
            let mut form = Form::new();
            for part in parts {
                form = match part {
                    BodyPart::Text { name, value } => form.text(name, value),
                    BodyPart::File { name, file_name, content_type, size_bytes, source } => {
                        let content = reqwest::Body::wrap_stream(open_source(&source).await?);
                        let part = Part::stream_with_length(content, size_bytes).file_name(file_name);
                        form.part(name, part.mime_str(content_type).map_err(std::io::Error::other)?)
                    }
                };
            }
            Ok(builder.multipart(form))
        }
    }
}

/// Opens a file and reads its first piece, so that a file that is gone is found before the vendor is called.
async fn open_source(source: &FileSource) -> std::io::Result<BoxStream<'static, std::io::Result<Bytes>>> {
    let mut content = source();
    match content.next().await {
        None => Ok(content),
        Some(first) => {
            let first = first?;
            Ok(stream::once(async move { Ok(first) }).chain(content).boxed())
        }
    }
}

/// Notes when the first piece of a request's body is taken. The length, where known, stands in the Content-Length already.
pub(super) fn track_body(request: &mut reqwest::Request, begun: &Arc<AtomicBool>) {
    if let Some(body) = request.body_mut().take() {
        let begun = Arc::clone(begun);
        *request.body_mut() = Some(reqwest::Body::wrap(body.map_frame(move |frame| {
            begun.store(true, Ordering::SeqCst);
            frame
        })));
    }
}
