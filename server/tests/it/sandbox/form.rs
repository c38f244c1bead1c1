//! The rules of the train form, one by one.

use super::{
    DIALOGUE, Fake, TRAIN, changed, classification, classification_texts, clustering, clustering_texts, form_of,
    json_file,
};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The parts that ABP's 400 objects to, after checking the answer's shape.
async fn refused_members(fake: &Fake, form: Form) -> Vec<String> {
    let response = fake.train(form).await.unwrap();
    let status = response.status();
    let marked = response.headers().get("_AbpErrorFormat").is_some_and(|value| value == "true");
    let body: Value = response.json().await.unwrap();
    assert_eq!((status.as_u16(), marked), (400, true), "{body}");
    assert_eq!(body["error"]["message"], "Your request is not valid!");
    let faults = body["error"]["validationErrors"].as_array().unwrap();
    faults.iter().map(|fault| fault["members"][0].as_str().unwrap().to_owned()).collect()
}

async fn assert_refused(fake: &Fake, form: Form, member: &str, why: &str) {
    let members = refused_members(fake, form).await;
    assert!(members.iter().any(|name| name == member), "{why}: {members:?} should name {member}");
    assert_eq!(fake.last_visit().await["run_created"], Value::Null, "{why}: no run may be created");
}

#[tokio::test]
async fn a_proper_form_of_each_kind_and_schema_is_accepted_with_an_experiment() {
    let fake = Fake::start().await;
    let both = clustering("both").text("secondaryDataSchema", "intent").part("secondaryDataFile", json_file("{}"));
    let mut intent = clustering_texts("intent");
    intent[3].1 = "intent".to_owned();
    let intent = form_of(intent).part("dataFile", json_file("{}")).text("llm", "openai");
    let forms =
        [("dialogue", clustering("dialogue")), ("both", both), ("intent", intent), ("cls", classification("cls"))];
    for (model_id, form) in forms {
        let response = fake.train(form).await.unwrap();
        assert_eq!(response.status(), 200, "{model_id}");
        let body: Value = response.json().await.unwrap();
        assert_eq!((&body["name"], &body["description"]), (&model_id.into(), &"CA".into()));
        assert_eq!((&body["statusMessage"], &body["status"]), (&"Initialized".into(), &0.into()));
        let mappings = body["experimentDatasetMappings"].as_array().unwrap();
        assert_eq!(mappings.len(), if model_id == "both" { 2 } else { 1 });
        assert_eq!(mappings[0]["experimentId"], body["id"]);
        assert_eq!(body["creationTime"].as_str().unwrap().len(), "2024-04-08T04:03:12.7406026Z".len());
        assert!(body["experimentTestsetMapping"].is_array() && body["tryToStop"].is_null());
    }
    let kinds: Vec<Value> = fake.runs().await.iter().map(|run| run["kind"].clone()).collect();
    assert_eq!(kinds, ["clustering", "clustering", "clustering", "classification"]);
}

#[tokio::test]
async fn a_model_id_is_small_letters_digits_and_inner_hyphens_up_to_63() {
    let fake = Fake::start().await;
    let longest = "a".repeat(63);
    for good in ["a", "0", "a-b", "a--b", &longest] {
        assert_eq!(fake.train(clustering(good)).await.unwrap().status(), 200, "{good}");
    }
    let too_long = "a".repeat(64);
    let bad = ["", "-", "-a", "a-", "A1", "a_b", "a.b", "müşteri", "ı", "\"abc\"", &too_long, "abc\n", " abc"];
    for bad in bad {
        let form = changed("modelId", Some(bad)).part("dataFile", json_file(DIALOGUE));
        assert_refused(&fake, form, "modelId", bad).await;
    }
}

#[tokio::test]
async fn each_text_keeps_its_own_rule() {
    let fake = Fake::start().await;
    let cases = [
        ("productName", "\"CA\"", "quotes"),
        ("productName", " ", "blank"),
        ("languageCode", "de-DE", "a language that only classification has"),
        ("languageCode", "en", "a short code"),
        ("languageCode", "TR-tr", "wrong letters"),
        ("languageCode", "\"en-US\"", "quotes"),
        ("dataSchema", "Dialogue", "wrong letters"),
        ("dataSchema", "dialogues", "an unknown schema"),
        ("numClusters", "-1", "negative"),
        ("numClusters", "2.5", "a fraction"),
        ("numClusters", "\"5\"", "quotes"),
        ("numClusters", "+5", "a sign"),
        ("numClusters", "05", "a leading zero"),
        ("numClusters", "", "empty"),
        ("forceTrain", "True", "wrong letters"),
        ("forceTrain", "1", "a number"),
        ("llm", "gpt-4", "another model"),
        ("llm", "", "empty: the part must be left out"),
        ("projectName", "CA", "a part of another call"),
        ("ModelId", "m-1", "wrong letters in a part's name"),
    ];
    for (name, value, why) in cases {
        let form = changed(name, Some(value)).part("dataFile", json_file(DIALOGUE));
        assert_refused(&fake, form, name, why).await;
    }
    assert!(fake.runs().await.is_empty());
}

#[tokio::test]
async fn every_needed_part_must_be_there_and_only_once() {
    let fake = Fake::start().await;
    for name in ["modelId", "productName", "languageCode", "dataSchema", "numClusters", "forceTrain"] {
        let form = changed(name, None).part("dataFile", json_file(DIALOGUE));
        assert_refused(&fake, form, name, "missing").await;
        assert_refused(&fake, clustering("m-1").text(name, "0"), name, "twice").await;
    }
    assert_refused(&fake, form_of(clustering_texts("m-1")), "dataFile", "missing").await;
    assert_refused(&fake, clustering("m-1").part("dataFile", json_file(DIALOGUE)), "dataFile", "twice").await;
    assert!(refused_members(&fake, Form::new().text("llm", "openai")).await.len() >= 5, "all faults are told at once");
}

#[tokio::test]
async fn a_second_schema_and_a_second_file_belong_together_and_only_to_dialogue() {
    let fake = Fake::start().await;
    let alone = clustering("m-1").text("secondaryDataSchema", "intent");
    assert_refused(&fake, alone, "secondaryDataFile", "a schema without a file").await;
    let alone = clustering("m-1").part("secondaryDataFile", json_file("{}"));
    assert_refused(&fake, alone, "secondaryDataSchema", "a file without a schema").await;
    let same = clustering("m-1").text("secondaryDataSchema", "dialogue").part("secondaryDataFile", json_file("{}"));
    assert_refused(&fake, same, "secondaryDataSchema", "dialogue twice").await;
    let reversed = changed("dataSchema", Some("intent")).part("dataFile", json_file("{}"));
    let reversed = reversed.text("secondaryDataSchema", "dialogue").part("secondaryDataFile", json_file("{}"));
    assert_refused(&fake, reversed, "secondaryDataSchema", "reversed").await;
    let intents = changed("dataSchema", Some("intent")).part("dataFile", json_file("{}"));
    let intents = intents.text("secondaryDataSchema", "intent").part("secondaryDataFile", json_file("{}"));
    assert_refused(&fake, intents, "secondaryDataSchema", "intent twice").await;
}

#[tokio::test]
async fn classification_has_eleven_languages_and_no_part_of_clustering() {
    let fake = Fake::start().await;
    let languages = ["en-US", "tr-TR", "ar-SA", "lv-LV", "ru-RU", "es-ES", "ur-PK", "fr-FR", "nl-NL", "de-DE", "it-IT"];
    for (at, language) in languages.into_iter().enumerate() {
        let mut texts = classification_texts(&format!("m-{at}"));
        texts[2].1 = language.to_owned();
        let form = form_of(texts).part("dataFile", json_file("[{}]"));
        assert_eq!(fake.train(form).await.unwrap().status(), 200, "{language}");
    }
    for (name, value) in
        [("numClusters", "0"), ("llm", "openai"), ("forceTrain", "true"), ("secondaryDataSchema", "intent")]
    {
        assert_refused(&fake, classification("other").text(name, value), name, "unknown for classification").await;
    }
}

#[tokio::test]
async fn a_data_file_has_a_plain_name_a_json_type_and_content() {
    let fake = Fake::start().await;
    let file = |content: &'static str| Part::bytes(content.as_bytes());
    let cases = [
        (Part::text(DIALOGUE), "no file name"),
        (file(DIALOGUE).file_name("").mime_str("application/json").unwrap(), "an empty file name"),
        (file(DIALOGUE).file_name("verı.json").mime_str("application/json").unwrap(), "a Turkish file name"),
        (file(DIALOGUE).file_name("data.json"), "no content type"),
        (file(DIALOGUE).file_name("data.json").mime_str("text/csv").unwrap(), "another content type"),
        (json_file(""), "no content"),
        (json_file(" \n\t "), "only white space"),
        (json_file("a,b\n1,2\n"), "CSV"),
        (json_file("[1, 2"), "half a list"),
    ];
    for (part, why) in cases {
        let form = form_of(clustering_texts("m-1")).part("dataFile", part);
        assert_refused(&fake, form, "dataFile", why).await;
    }
    for (at, good) in ["\u{feff}[1]", " {\"a\": 1}\n", "{\"a\": 1}\n{\"a\": 2}\n"].into_iter().enumerate() {
        let form = form_of(clustering_texts(&format!("good-{at}"))).part("dataFile", json_file(good));
        assert_eq!(fake.train(form).await.unwrap().status(), 200, "{good}");
    }
}

#[tokio::test]
async fn the_log_holds_texts_as_they_are_and_files_as_length_and_digest() {
    let fake = Fake::start().await;
    let run_id = fake.train_ok("m-1").await;
    let visit = fake.last_visit().await;
    assert_eq!((&visit["method"], &visit["path"]), (&"POST".into(), &TRAIN.into()));
    assert_eq!(visit["run_created"], run_id.as_str());
    let end = &visit["end"];
    assert_eq!((&end["status"], &end["outcome"], &end["model_id"]), (&200.into(), &"answered".into(), &"m-1".into()));
    assert_eq!(end["token_number"], 1);
    let part = |name: &str| {
        end["parts"].as_array().unwrap().iter().find(|part| part["name"] == name).unwrap_or(&Value::Null).clone()
    };
    assert_eq!(part("languageCode")["value"], "tr-TR");
    let digest: String = Sha256::digest(DIALOGUE).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        (&part("dataFile")["sha256"], &part("dataFile")["size_bytes"]),
        (&digest.into(), &DIALOGUE.len().into())
    );
    assert_eq!(part("dataFile")["value"], Value::Null);
    assert!(visit["content_length"].as_u64().unwrap() > DIALOGUE.len() as u64);
    let whole = serde_json::to_string(&fake.log().await).unwrap();
    assert!(!whole.contains(&fake.token) && !whole.contains("sandbox-secret") && !whole.contains("hello"));
}

#[tokio::test]
async fn a_call_that_is_no_form_or_has_no_good_token_is_refused_before_its_rules() {
    let fake = Fake::start().await;
    let json =
        fake.http.post(fake.url(TRAIN)).bearer_auth(&fake.token).json(&serde_json::json!({})).send().await.unwrap();
    assert_eq!(json.status(), 415);
    let none = fake.http.post(fake.url(TRAIN)).multipart(clustering("m-1")).send().await.unwrap();
    assert_eq!((none.status().as_u16(), &none.headers()["www-authenticate"]), (401, &"Bearer".parse().unwrap()));
    let wrong =
        fake.http.post(fake.url(TRAIN)).bearer_auth("nonsense").multipart(clustering("m-1")).send().await.unwrap();
    assert_eq!(wrong.status(), 401);
    assert!(wrong.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    assert_eq!(wrong.text().await.unwrap(), "");
    assert!(fake.runs().await.is_empty());
}
