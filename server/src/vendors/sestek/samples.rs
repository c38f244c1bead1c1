//! Trainings for a newcomer's empty board: one for each way a training can go. They are sent to the fake vendor only.

use crate::vendors::vendor::SampleTraining;
use serde_json::{Value, json};

/// The samples, in the order they are submitted.
pub fn sample_trainings() -> Vec<SampleTraining> {
    let mut samples = sample_texts_and_groups();
    samples.extend(sample_answers());
    samples
}

fn sample_texts_and_groups() -> Vec<SampleTraining> {
    vec![
        SampleTraining {
            name: "SSS botu niyetleri",
            tags: &["support"],
            scenario: plan("sss-botu", json!({"durations": durations(20.0)})),
            ..classification("sss-botu", "tr-TR")
        },
        SampleTraining {
            name: "Support tickets, third quarter",
            tags: &["support", "q3"],
            scenario: plan("support-tickets-q3", json!({"durations": durations(40.0), "fail_at": "Training"})),
            ..classification("support-tickets-q3", "en-US")
        },
        SampleTraining {
            name: "Fatura itirazları",
            tags: &["billing"],
            scenario: plan(
                "fatura-itirazlari",
                json!({"durations": merged(durations(30.0), json!({"Publishing": 5_400.0}))}),
            ),
            ..clustering("fatura-itirazlari", "tr-TR", 0)
        },
        SampleTraining {
            name: "Ürün yorumları",
            tags: &["reviews"],
            scenario: plan(
                "urun-yorumlari",
                json!({"durations": merged(durations(30.0), json!({"DataProcessing": 3_600.0}))}),
            ),
            ..clustering("urun-yorumlari", "tr-TR", 12)
        },
        SampleTraining {
            name: "Réclamations 2026",
            tags: &["billing"],
            scenario: json!({"vendor": "sestek", "match": "reclamations-2026", "script": {"train": [{"calls": 1, "answer": {
                "kind": "abp", "status": 403, "text": "The product \"Sandbox\" has no quota left for this month."}}]}}),
            ..clustering("reclamations-2026", "fr-FR", 0)
        },
        SampleTraining {
            name: "Müşteri niyetleri 2026",
            tags: &["cx"],
            scenario: Value::Null,
            ..clustering("musteri-niyetleri-2026", "tr-TR", 0)
        },
    ]
}

fn sample_answers() -> [SampleTraining; 2] {
    [
        SampleTraining {
            name: "Yardım merkezi yanıtları",
            tags: &["support"],
            request: gqa("yardim-merkezi", json!({"files": ["iade-kosullari.md", "kargo.txt"]})),
            files: vec![
                ("iade-kosullari.md", "# İade koşulları\n\nÜrünler 14 gün içinde iade edilir.\n".into()),
                ("kargo.txt", "Siparişler iki iş gününde kargoya verilir.\n".into()),
            ],
            scenario: plan("yardim-merkezi", json!({"durations": durations(50.0)})),
        },
        SampleTraining {
            name: "Public handbook",
            tags: &["support"],
            request: gqa("public-handbook", json!({"urls": ["https://handbook.example.com/manual.pdf"]})),
            files: Vec::new(),
            scenario: plan(
                "public-handbook",
                json!({"durations": merged(durations(30.0), json!({"Training": 5_400.0}))}),
            ),
        },
    ]
}

fn clustering(model_id: &str, language: &str, num_clusters: u32) -> SampleTraining {
    SampleTraining {
        name: "",
        tags: &[],
        request: json!({"kind": "sestek.clustering", "model_id": model_id, "product_name": "Sandbox",
            "language": language, "data": {"schema": "dialogue", "dialogue": "dialogues.json"},
            "num_clusters": num_clusters, "llm": null, "force_train": true}),
        files: vec![("dialogues.json", sample_dialogues())],
        scenario: Value::Null,
    }
}

fn classification(model_id: &str, language: &str) -> SampleTraining {
    SampleTraining {
        name: "",
        tags: &[],
        request: json!({"kind": "sestek.classification", "model_id": model_id, "product_name": "Sandbox",
            "language": language, "dataset": "labelled-texts.json"}),
        files: vec![("labelled-texts.json", sample_texts())],
        scenario: Value::Null,
    }
}

fn gqa(model_id: &str, data: Value) -> Value {
    json!({"kind": "sestek.gqa", "model_id": model_id, "project_name": "Sandbox", "data": data})
}

fn plan(model_id: &str, plan: Value) -> Value {
    json!({"vendor": "sestek", "match": model_id, "script": {"plan": plan}})
}

/// A run whose every status lasts `seconds` of vendor time.
fn durations(seconds: f64) -> Value {
    let mut durations = serde_json::Map::new();
    for status in [
        "Initialized",
        "PendingTraining",
        "DatasetUploading",
        "DataProcessing",
        "TrainingStarted",
        "Training",
        "Trained",
        "ModelUploading",
        "Publishing",
    ] {
        durations.insert(status.to_owned(), json!(seconds));
    }
    Value::Object(durations)
}

fn merged(mut one: Value, other: Value) -> Value {
    if let (Some(one), Value::Object(other)) = (one.as_object_mut(), other) {
        one.extend(other);
    }
    one
}

fn sample_dialogues() -> Vec<u8> {
    let dialogue = |number: u32| {
        json!({"id": number, "turns": [
            {"speaker": "customer", "text": format!("Faturam {} lira fazla geldi.", 10 * number)},
            {"speaker": "agent", "text": "Hemen bakıyorum."}
        ]})
    };
    Value::Array((1..=60).map(dialogue).collect()).to_string().into_bytes()
}

fn sample_texts() -> Vec<u8> {
    let labels = ["refund", "delivery", "password"];
    let text =
        |number: usize| json!({"Label": labels[number % labels.len()], "Text": format!("Sample sentence {number}")});
    Value::Array((0..60).map(text).collect()).to_string().into_bytes()
}
