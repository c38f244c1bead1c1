//! The description of `/api/v1` (OpenAPI 3.1): schemas from the types, operations from one table.
//! A test holds the table against the router, in both directions.

use super::llm::SetLlm;
use super::query::refuse_query;
use super::secrets::KeepSecret;
use crate::web::error::ApiResult;
use app::api::trainings::{NewTraining, PreviewTraining};
use app::model::callback::{AttachCallback, Callback, CallbackPage};
use app::model::connection::{Connection, ConnectionTest};
use app::model::dataset::{CheckDataset, Dataset};
use app::model::error::AppError;
use app::model::event::{Event, Seen};
use app::model::finding::CheckReport;
use app::model::kept_secret::KeptSecret;
use app::model::llm::{LlmSetting, LlmSettings};
use app::model::page::{AnswerPage, EventPage, MetricPage, TrainingPage};
use app::model::preview::RequestPreview;
use app::model::published::{Model, ModelName, ModelPage, RedeployModel};
use app::model::training::{AdoptTraining, CancelTraining, RetryTraining, Settlement, Training, TrainingChange};
use axum::http::{Uri, header};
use axum::response::IntoResponse;
use utoipa::OpenApi as _;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Schema};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Trainyard", description = "Starts trainings at vendors and follows them to the end."),
    components(schemas(
        AdoptTraining,
        AnswerPage,
        AppError,
        AttachCallback,
        Callback,
        CallbackPage,
        CancelTraining,
        CheckDataset,
        CheckReport,
        Connection,
        ConnectionTest,
        Dataset,
        Event,
        EventPage,
        KeepSecret,
        KeptSecret,
        LlmSetting,
        LlmSettings,
        MetricPage,
        Model,
        ModelName,
        ModelPage,
        NewTraining,
        PreviewTraining,
        RedeployModel,
        RequestPreview,
        RetryTraining,
        Seen,
        SetLlm,
        Settlement,
        Training,
        TrainingChange,
        TrainingPage
    ))
)]
struct Schemas;

/// What goes in or comes out.
#[derive(Clone, Copy)]
enum Shape {
    Nothing,
    Json(&'static str),
    JsonList(&'static str),
    AnyJson,
    Stream,
    /// Bytes of an upload (tus 1.0.0).
    Bytes,
}

/// One operation of the API.
struct Row {
    method: HttpMethod,
    path: &'static str,
    summary: &'static str,
    body: Shape,
    /// The statuses of success.
    success: &'static [u16],
    answer: Shape,
    /// Names of query parameters.
    query: &'static [&'static str],
}

const PAGING: &[&str] = &["after", "limit"];
const FILTERS: &[&str] =
    &["vendor", "kind", "stage", "owner", "tag", "q", "from", "to", "sort", "archived", "after", "limit"];
const STREAM: &[&str] =
    &["training", "last_event_id", "vendor", "kind", "stage", "owner", "tag", "q", "from", "to", "archived"];

/// A row that reads.
const fn reads(path: &'static str, summary: &'static str, answer: Shape, query: &'static [&'static str]) -> Row {
    Row { method: HttpMethod::Get, path, summary, body: Shape::Nothing, success: &[200], answer, query }
}

/// A row that changes something.
const fn posts(path: &'static str, summary: &'static str, body: Shape, success: &'static [u16], answer: Shape) -> Row {
    Row { method: HttpMethod::Post, path, summary, body, success, answer, query: &[] }
}

/// A row of the upload protocol.
const fn uploads(method: HttpMethod, path: &'static str, summary: &'static str, success: &'static [u16]) -> Row {
    let body = if matches!(method, HttpMethod::Patch | HttpMethod::Post) { Shape::Bytes } else { Shape::Nothing };
    Row { method, path, summary, body, success, answer: Shape::Nothing, query: &[] }
}

use Shape::{AnyJson, Json, JsonList, Nothing, Stream};

const ROWS: &[Row] = &[
    reads("/api/v1/openapi.json", "This document.", AnyJson, &[]),
    reads("/api/v1/connections", "Vendor accounts, never a secret.", JsonList("Connection"), &[]),
    posts("/api/v1/connections/{id}/test", "One harmless call to the vendor.", Nothing, &[200], Json("ConnectionTest")),
    reads("/api/v1/models", "What serves, which training made it, how to call it.", Json("ModelPage"), PAGING),
    posts(
        "/api/v1/models/check",
        "Asks the vendor whether a model is awake, where it can sleep.",
        Json("ModelName"),
        &[200],
        Json("Model"),
    ),
    posts(
        "/api/v1/models/redeploy",
        "Puts a model back into service without training it, by a new training. 200 when `id` was sent before.",
        Json("RedeployModel"),
        &[201, 200],
        Json("Training"),
    ),
    posts(
        "/api/v1/connections/{id}/rotate-callback-client",
        "Ends the vendor's client at our token address; trainings sent from now on are told another.",
        Nothing,
        &[204],
        Nothing,
    ),
    posts(
        "/api/v1/connections/{id}/rehearse-callback",
        "Sends a callback as a vendor would, through this server's own public address, and says whether it arrived.",
        Nothing,
        &[200],
        Json("ConnectionTest"),
    ),
    reads(
        "/api/v1/connections/{id}/secrets",
        "Secrets kept for a connection: names and times, never what they are.",
        JsonList("KeptSecret"),
        &[],
    ),
    posts(
        "/api/v1/connections/{id}/secrets",
        "Seals a secret and keeps it, in place of one of the same name. Admins.",
        Json("KeepSecret"),
        &[200],
        Json("KeptSecret"),
    ),
    Row {
        method: HttpMethod::Delete,
        path: "/api/v1/connections/{id}/secrets/{name}",
        summary: "Forgets a kept secret. Admins.",
        body: Nothing,
        success: &[204],
        answer: Nothing,
        query: &[],
    },
    reads(
        "/api/v1/connections/{id}/llm",
        "Which language model the vendor was told to use, by product, and which providers there are; never a key's value.",
        Json("LlmSettings"),
        &[],
    ),
    posts(
        "/api/v1/connections/{id}/llm",
        "Tells the vendor which language model to use for a product, and keeps what it took. Admins.",
        Json("SetLlm"),
        &[200],
        Json("LlmSetting"),
    ),
    reads(
        "/api/v1/callbacks",
        "What vendors sent unasked, newest first, and which promised callbacks never came.",
        Json("CallbackPage"),
        PAGING,
    ),
    posts(
        "/api/v1/callbacks/{id}/attach",
        "Gives an unmatched callback to a training, and follows it.",
        Json("AttachCallback"),
        &[200],
        Json("Callback"),
    ),
    posts(
        "/api/v1/callbacks/{id}/replay",
        "Follows a kept callback once more, by an early poll.",
        Nothing,
        &[202],
        Nothing,
    ),
    reads("/api/v1/trainings", "Finds trainings.", Json("TrainingPage"), FILTERS),
    posts(
        "/api/v1/trainings",
        "Submits a training. 201 for a new one; 200 with the same training when `id` was submitted before.",
        Json("NewTraining"),
        &[201, 200],
        Json("Training"),
    ),
    posts(
        "/api/v1/trainings/preview",
        "The vendor call a request would become, every token masked.",
        Json("PreviewTraining"),
        &[200],
        Json("RequestPreview"),
    ),
    posts(
        "/api/v1/trainings/adopt",
        "Watches a model that was trained elsewhere. 200 when `id` was sent before.",
        Json("AdoptTraining"),
        &[201, 200],
        Json("Training"),
    ),
    reads("/api/v1/trainings/{id}", "One training.", Json("Training"), &[]),
    Row {
        method: HttpMethod::Patch,
        path: "/api/v1/trainings/{id}",
        summary: "Changes name, tags, note, archived.",
        body: Json("TrainingChange"),
        success: &[200],
        answer: Json("Training"),
        query: &[],
    },
    posts(
        "/api/v1/trainings/{id}/retry",
        "Trains an ended training again, with a merge patch (RFC 7396) on its request.",
        Json("RetryTraining"),
        &[201, 200],
        Json("Training"),
    ),
    posts(
        "/api/v1/trainings/{id}/refresh",
        "Asks for an early poll, within the vendor's rate.",
        Nothing,
        &[202],
        Nothing,
    ),
    posts(
        "/api/v1/trainings/{id}/settle",
        "Settles a training that only a person can tell about; gives up one that is not sent, stalled, or was adopted.",
        Json("Settlement"),
        &[200],
        Json("Training"),
    ),
    posts(
        "/api/v1/trainings/{id}/cancel",
        "Ends a training that is held or was surely not sent. 409 for any other.",
        Json("CancelTraining"),
        &[200],
        Json("Training"),
    ),
    reads("/api/v1/trainings/{id}/events", "What happened, oldest first.", Json("EventPage"), PAGING),
    reads("/api/v1/trainings/{id}/metrics", "Numbers over time, oldest first.", Json("MetricPage"), PAGING),
    reads("/api/v1/trainings/{id}/answers", "What the vendor answered, newest first.", Json("AnswerPage"), PAGING),
    reads("/api/v1/datasets/{sha256}", "One uploaded file.", Json("Dataset"), &[]),
    posts(
        "/api/v1/datasets/{sha256}/check",
        "Checks a file by the rules of a kind.",
        Json("CheckDataset"),
        &[200],
        Json("CheckReport"),
    ),
    reads(
        "/api/v1/events",
        "The live stream (server-sent events): `training` with an id and an Event, `seen` with a Seen, `reset`.",
        Stream,
        STREAM,
    ),
    uploads(HttpMethod::Options, "/api/v1/uploads", "What the upload protocol (tus 1.0.0) offers here.", &[204]),
    uploads(HttpMethod::Post, "/api/v1/uploads", "Begins an upload (tus creation, creation-with-upload).", &[201]),
    uploads(HttpMethod::Head, "/api/v1/uploads/{id}", "How far an upload is.", &[200]),
    uploads(
        HttpMethod::Patch,
        "/api/v1/uploads/{id}",
        "Sends more of an upload; the last answer names the dataset.",
        &[204],
    ),
    uploads(HttpMethod::Delete, "/api/v1/uploads/{id}", "Drops an upload.", &[204]),
];

/// The document, for the route and for `trainyard openapi`.
pub fn build_document() -> OpenApi {
    let mut document = Schemas::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    for row in ROWS {
        document.paths.add_path_operation(row.path, vec![row.method.clone()], describe_row(row));
    }
    if let Some(components) = &mut document.components {
        let token = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("ty_...").build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("trainyard_session"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
    let none: [&str; 0] = [];
    document.security =
        Some(["token", "session"].map(|name| SecurityRequirement::new(name, none)).into_iter().collect());
    document
}

/// `GET /api/v1/openapi.json`.
pub async fn send_document(uri: Uri) -> ApiResult<impl IntoResponse> {
    refuse_query(&uri)?;
    let text = build_document().to_json().unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}

fn describe_row(row: &Row) -> Operation {
    let mut operation = OperationBuilder::new().summary(Some(row.summary)).operation_id(Some(name_row(row)));
    for name in path_parameters(row.path) {
        operation = operation.parameter(text_parameter(name, ParameterIn::Path, Required::True));
    }
    for name in row.query {
        operation = operation.parameter(text_parameter(name, ParameterIn::Query, Required::False));
    }
    if let Some((content_type, schema)) = describe_shape(row.body) {
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let body = RequestBodyBuilder::new().content(content_type, content).required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    for status in row.success {
        operation = operation.response(status.to_string(), describe_answer("Done.", row.answer));
    }
    operation.response("default", describe_answer("What is wrong, and what to do about it.", Json("AppError"))).build()
}

fn describe_answer(description: &str, shape: Shape) -> Response {
    let mut answer = ResponseBuilder::new().description(description);
    if let Some((content_type, schema)) = describe_shape(shape) {
        answer = answer.content(content_type, ContentBuilder::new().schema(Some(schema)).build());
    }
    answer.build()
}

fn describe_shape(shape: Shape) -> Option<(&'static str, RefOr<Schema>)> {
    let reference = |name: &str| RefOr::Ref(Ref::from_schema_name(name));
    let text = || RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).build()));
    match shape {
        Nothing => None,
        Json(name) => Some(("application/json", reference(name))),
        JsonList(name) => {
            let list = ArrayBuilder::new().items(reference(name)).build();
            Some(("application/json", RefOr::T(Schema::Array(list))))
        }
        AnyJson => Some(("application/json", RefOr::T(Schema::Object(ObjectBuilder::new().build())))),
        Stream => Some(("text/event-stream", text())),
        Shape::Bytes => Some(("application/offset+octet-stream", text())),
    }
}

fn text_parameter(name: &str, place: ParameterIn, required: Required) -> ParameterBuilder {
    let schema = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).build();
    ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(Schema::Object(schema)))
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// `get_trainings_id_events`: stable, so that generated clients keep their names.
fn name_row(row: &Row) -> String {
    let method = match row.method {
        HttpMethod::Get => "get",
        HttpMethod::Post => "post",
        HttpMethod::Patch => "patch",
        HttpMethod::Delete => "delete",
        HttpMethod::Head => "head",
        HttpMethod::Options => "options",
        _ => "other",
    };
    let rest = row.path.trim_start_matches("/api/v1");
    let rest: String = rest.chars().filter(|letter| !matches!(letter, '{' | '}')).collect();
    format!("{method}{}", rest.replace(['/', '.'], "_"))
}

/// The methods and paths of the document, for the test that holds them against the router.
pub fn list_operations() -> Vec<(String, &'static str)> {
    ROWS.iter()
        .map(|row| (name_row(row).split('_').next().unwrap_or_default().to_ascii_uppercase(), row.path))
        .collect()
}
