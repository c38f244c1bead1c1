//! The call a request becomes, as people may read and copy it: tokens and the queries of addresses masked, files by name.

use super::client::{HEADERS, TRAIN_METHOD};
use super::parts::{PartPlan, name_files, plan_parts};
use crate::vendors::vendor::CallbackOffer;
use app::model::preview::{PreviewPart, RequestPreview};
use app::model::training::TrainingDataset;
use app::vendors::TrainingRequest;
use app::vendors::address::veil_query;
use url::Url;

/// Builds the preview of a call to `url`. A dataset that is not there yet stands as its role's name.
pub fn preview_request(
    url: &Url,
    request: &TrainingRequest,
    datasets: &[TrainingDataset],
    callback: Option<&CallbackOffer>,
) -> RequestPreview {
    let parts = plan_parts(request, callback).into_iter();
    let parts: Vec<PreviewPart> = parts.map(|part| show_part(part, datasets)).collect();
    let url = url.to_string();
    let mut headers = vec![("Authorization".to_owned(), "Bearer <token>".to_owned())];
    headers.extend(HEADERS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    headers.push(("Content-Type".to_owned(), "multipart/form-data".to_owned()));
    let curl = write_curl(&url, &headers, &parts);
    RequestPreview { method: TRAIN_METHOD.to_string(), url, headers, parts, curl, advice: None, warnings: Vec::new() }
}

fn show_part(part: PartPlan, datasets: &[TrainingDataset]) -> PreviewPart {
    match part {
        PartPlan::Text { name: name @ ("dataUrls" | "callbackAddress" | "callbackIdentityAddress"), value } => {
            PreviewPart { name: name.to_owned(), value: veil_query(&value), is_file: false }
        }
        PartPlan::Text { name: name @ "callbackClientSecret", .. } => {
            PreviewPart { name: name.to_owned(), value: "[secret]".to_owned(), is_file: false }
        }
        PartPlan::Text { name, value } => PreviewPart { name: name.to_owned(), value, is_file: false },
        PartPlan::File { name, role, nth } => {
            let of_role = datasets.iter().filter(|dataset| dataset.role == role);
            let sent = name_files(name, of_role.map(|dataset| dataset.name.as_str())).into_iter().nth(nth);
            let value = sent.map_or_else(|| format!("{role}.json"), |sent| sent.name);
            PreviewPart { name: name.to_owned(), value, is_file: true }
        }
    }
}

/// One curl command for a POSIX shell. `--form-string` sends the value as it is: `--form` would read `@` and `;` in it.
fn write_curl(url: &str, headers: &[(String, String)], parts: &[PreviewPart]) -> String {
    let mut lines = vec![format!("curl --request {TRAIN_METHOD} {}", quote_posix(url))];
    // curl writes the multipart Content-Type itself, with the boundary.
    for (name, value) in headers.iter().filter(|(name, _)| name != "Content-Type") {
        lines.push(format!("--header {}", quote_posix(&format!("{name}: {value}"))));
    }
    for part in parts {
        lines.push(if part.is_file {
            let sent = name_files(&part.name, [part.value.as_str()]);
            let content_type = sent.first().map_or("application/octet-stream", |sent| sent.content_type);
            format!("--form {}", quote_posix(&format!("{}=@{};type={content_type}", part.name, part.value)))
        } else {
            format!("--form-string {}", quote_posix(&format!("{}={}", part.name, part.value)))
        });
    }
    lines.join(" \\\n  ")
}

/// A word in single quotes, in which a POSIX shell reads nothing; a single quote itself ends, escapes and reopens them.
pub(super) fn quote_posix(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{preview_request, quote_posix};
    use crate::secret::Secret;
    use crate::vendors::sestek::client::join_url;
    use crate::vendors::sestek::parts::train_path;
    use crate::vendors::vendor::CallbackOffer;
    use app::model::ids::DatasetId;
    use app::model::training::TrainingDataset;
    use app::vendors::TrainingRequest;
    use serde_json::json;
    use url::Url;

    fn request(product: &str) -> TrainingRequest {
        serde_json::from_value(json!({"kind": "sestek.classification", "model_id": "m-1", "product_name": product,
            "language": "tr-TR", "dataset": "c".repeat(64)}))
        .unwrap()
    }

    #[test]
    fn the_curl_line_is_what_is_sent_with_the_token_masked() {
        let dataset = TrainingDataset {
            role: "dataset".to_owned(),
            sha256: DatasetId::new("c".repeat(64)),
            name: "müşteri 1.json".to_owned(),
            size_bytes: 3,
        };
        let base = Url::parse("https://host.example/tenant").unwrap();
        let request = request("CA's $(id) @x");
        let preview = preview_request(&join_url(&base, &train_path(&request)), &request, &[dataset], None);
        assert_eq!(preview.url, "https://host.example/tenant/sestekai-api/api/external/trainings/train");
        assert_eq!(preview.method, "POST");
        let expected = r"curl --request POST 'https://host.example/tenant/sestekai-api/api/external/trainings/train' \
  --header 'Authorization: Bearer <token>' \
  --header 'Accept: application/json' \
  --header 'Accept-Language: en' \
  --header 'X-Requested-With: XMLHttpRequest' \
  --form-string 'modelId=m-1' \
  --form-string 'productName=CA'\''s $(id) @x' \
  --form-string 'languageCode=tr-TR' \
  --form-string 'dataSchema=utterance' \
  --form 'dataFile=@m__teri_1.json;type=application/json'";
        assert_eq!(preview.curl, expected);
    }

    #[test]
    fn several_files_stand_one_by_one_and_the_query_of_an_address_is_hidden() {
        let show = |data: serde_json::Value, datasets: &[TrainingDataset]| {
            let request = json!({"kind": "sestek.gqa", "model_id": "m-1", "project_name": "Help desk", "data": data});
            let request: TrainingRequest = serde_json::from_value(request).unwrap();
            let url = join_url(&Url::parse("https://host.example").unwrap(), &train_path(&request));
            let offer = CallbackOffer {
                address: Secret::new("https://hooks.example.com/x?key=canary"),
                identity_address: Secret::new("https://id.example.com/?canary"),
                client_id: "trainer".to_owned(),
                client_secret: Secret::new("canary"),
            };
            preview_request(&url, &request, datasets, Some(&offer))
        };
        let dataset = |digit: &str, name: &str| TrainingDataset {
            role: "files".to_owned(),
            sha256: DatasetId::new(digit.repeat(64)),
            name: name.to_owned(),
            size_bytes: 3,
        };
        let datasets = [dataset("a", "guide.pdf"), dataset("b", "guide.pdf")];
        let preview = show(json!({"files": ["a".repeat(64), "b".repeat(64)]}), &datasets);
        assert!(preview.url.ends_with("/external/generative-question-answering-trainings/train"), "{}", preview.url);
        assert!(preview.curl.contains("--form 'dataFiles=@guide.pdf;type=application/pdf'"), "{}", preview.curl);
        assert!(preview.curl.contains("--form 'dataFiles=@guide-2.pdf;type=application/pdf'"), "{}", preview.curl);
        let preview = show(json!({"urls": ["https://a.example/x?signature=canary"]}), &[]);
        assert!(preview.curl.contains("--form-string 'dataUrls=https://a.example/x?[redacted]'"), "{}", preview.curl);
        assert!(preview.curl.contains("--form-string 'callbackAddress=https://hooks.example.com/x?[redacted]'"));
        assert!(preview.curl.contains("--form-string 'callbackClientSecret=[secret]'"), "{}", preview.curl);
        assert!(!format!("{preview:?}").contains("canary"));
    }

    #[test]
    fn a_posix_shell_reads_back_what_was_quoted() {
        for text in ["plain", "it's", "$(rm -rf /)", "a\nb", "`x` \"y\" \\ !", "''", "müşteri ğ"] {
            let line = format!("printf %s {}", quote_posix(text));
            let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }
}
