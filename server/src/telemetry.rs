//! Log lines on standard error, and the recorder behind `/metrics`.
//! Knows nothing of ours; what is logged, the modules decide (never a secret, a data row or a raw body).

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use tracing_subscriber::EnvFilter;

/// Upper bounds of the buckets of every `*_seconds` histogram.
const SECONDS_BUCKETS: &[f64] =
    &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0];

/// Logging or metrics could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryFault {
    #[error(
        "\"{filter}\" is not a log filter ({reason}). Write a level, or levels by module: \"info,trainyard::vendors=debug\"."
    )]
    Filter { filter: String, reason: String },
    #[error("logging is running already")]
    AlreadyRunning,
}

/// Starts writing log lines: one JSON object per line, or text for people.
pub fn start_logging(filter: &str, as_json: bool) -> Result<(), TelemetryFault> {
    let levels = EnvFilter::try_new(filter)
        .map_err(|error| TelemetryFault::Filter { filter: filter.to_owned(), reason: error.to_string() })?;
    let lines = tracing_subscriber::fmt().with_env_filter(levels).with_writer(std::io::stderr);
    let started = if as_json { lines.json().flatten_event(true).try_init() } else { lines.with_ansi(false).try_init() };
    started.map_err(|_| TelemetryFault::AlreadyRunning)?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(panic.place = %place, panic.message = %message, "A part of the program broke");
        // Where tests break the program on purpose, it ends as if it were killed: nothing unwinds, nothing is given back.
        #[cfg(feature = "failpoints")]
        std::process::abort();
    }));
    Ok(())
}

/// The process's metrics. The recorder is installed at the first call; later calls return the same.
pub fn open_metrics() -> Metrics {
    static RECORDER: OnceLock<Metrics> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let builder = PrometheusBuilder::new();
            let builder = builder
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS_BUCKETS)
                .unwrap_or_else(|_| PrometheusBuilder::new());
            let recorder = builder.build_recorder();
            let metrics = Metrics(recorder.handle());
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("Another metrics recorder was installed first; /metrics stays empty");
            }
            metrics
        })
        .clone()
}

/// What has been counted so far.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// All metrics in Prometheus' text form.
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}
