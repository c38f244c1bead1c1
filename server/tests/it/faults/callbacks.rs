//! G7: whatever comes to callback addresses, a training changes only by our own question, and the vendor is asked seldom.

use super::yard::Dice;
use crate::support::house::{House, SESTEK};
use app::model::ids::{ConnectionId, TrainingId, UserName};
use app::model::stage::Stage;
use app::vendors::TrainingRequest;
use app::vendors::submission::NewTraining;
use reqwest::Client;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Never two questions about one training within this time.
const GAP_MS: i64 = 10_000;

/// A training, and what only its vendor should know.
struct Victim {
    id: TrainingId,
    model_id: String,
    address: String,
    token: String,
}

/// What somebody sends.
#[derive(Clone, Copy, Debug)]
enum Abuse {
    Double,
    /// The end before the beginning.
    Reversed,
    WrongSecret,
    ForgedToken,
    TokenOfAnother,
    Large,
}

const ABUSES: [Abuse; 6] =
    [Abuse::Double, Abuse::Reversed, Abuse::WrongSecret, Abuse::ForgedToken, Abuse::TokenOfAnother, Abuse::Large];

#[tokio::test]
async fn g7_abused_callbacks_change_nothing_and_ask_the_vendor_at_most_every_ten_seconds_100_calls() {
    abuse_callbacks(2, 100).await;
}

#[tokio::test]
#[ignore = "long: 1,000 duplicates and 4,000 other calls; `make faults` runs it"]
async fn g7_abused_callbacks_change_nothing_and_ask_the_vendor_at_most_every_ten_seconds_5000_calls() {
    abuse_callbacks(5, 5_000).await;
}

async fn abuse_callbacks(trainings: u64, calls: u64) {
    let house = House::build_reachable().await;
    let http = Client::builder().no_proxy().build().unwrap();
    let mut victims = Vec::new();
    for number in 0..trainings {
        victims.push(start_victim(&house, &http, number).await);
    }
    let (mut dice, mut took, mut asked_last) = (Dice::new(calls), Vec::new(), 0);
    for call in 0..calls {
        let victim = &victims[usize::try_from(dice.below(trainings)).unwrap()];
        // Every fifth call is one more of the same: a vendor that repeats itself.
        let abuse = if call % 5 == 0 { Abuse::Double } else { ABUSES[usize::try_from(dice.below(6)).unwrap()] };
        let before = house.see(&victim.id).await;
        let last = list_questions(&house, asked_last).await.1;
        for (address, bearer, body) in write_abuse(abuse, victim, &victims[0]) {
            let began = Instant::now();
            let mut post = http.post(address).body(body);
            post = if bearer.is_empty() { post } else { post.bearer_auth(bearer) };
            let status = post.send().await.map(|answer| answer.status().as_u16());
            took.push(began.elapsed());
            assert!(is_expected(abuse, status.as_ref().ok().copied()), "{abuse:?}: {status:?}");
        }
        assert_eq!(house.see(&victim.id).await, before, "{abuse:?} is no fact");
        let (asked, last) = list_questions(&house, last).await;
        assert_eq!(asked, 0, "{abuse:?} asks nothing by itself");
        asked_last = last;
        house.clock.advance(SECOND);
        house.step_polls().await;
    }
    took.sort_unstable();
    let p99 = took[took.len() * 99 / 100];
    eprintln!("G7: {} calls, half of them answered within {:?}, 99 % within {p99:?}", took.len(), took[took.len() / 2]);
    check_the_rest(&house, &http, &victims).await;
}

/// It ends as if nothing had happened, was asked about seldom, and what is sent again after 30 days finds nobody.
async fn check_the_rest(house: &House, http: &Client, victims: &[Victim]) {
    house.pass(SECOND * 3 * 3_600, SECOND * 10).await;
    for victim in victims {
        assert_eq!(house.see(&victim.id).await.stage, Stage::Ready, "{}", victim.model_id);
        assert_eq!(house.vendor_runs(&victim.model_id).await, 1);
        let asked = question_times(house, &victim.model_id).await;
        assert!(asked.len() > 2, "{asked:?}");
        let closest = asked.windows(2).map(|pair| pair[1] - pair[0]).min();
        assert!(closest.is_some_and(|gap| gap >= GAP_MS), "{closest:?} ms between two questions: {asked:?}");
    }
    house.clock.advance(30 * DAY);
    let last = list_questions(house, 0).await.1;
    for victim in victims {
        let before = house.see(&victim.id).await;
        let answer = http.post(&victim.address).bearer_auth(&victim.token).body("train failed").send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 404, "an address ends with its training");
        assert_eq!(house.see(&victim.id).await, before);
    }
    house.pass(SECOND * 60, SECOND * 10).await;
    assert_eq!(list_questions(house, last).await.0, 0, "nobody is asked about what has ended");
}

/// A training that the vendor has, told of before the vendor answered: the first callback comes early.
async fn start_victim(house: &House, http: &Client, number: u64) -> Victim {
    let model_id = format!("victim-{number}");
    let request = json!({"kind": "sestek.gqa", "model_id": model_id, "project_name": "Help desk",
        "data": {"urls": ["https://files.example.com/manual.pdf"]}});
    let new = NewTraining {
        id: house.new_id(),
        connection: ConnectionId::new(SESTEK),
        name: None,
        request: TrainingRequest::parse(&request, "request").unwrap(),
        hold_if_busy: false,
    };
    let training = house.core.trainings.submit_training(&UserName::new("ada"), new).await.unwrap().training;
    let offer = house.core.trainings.promise_callback(&training.id).await.unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &offer.client_id),
        ("client_secret", offer.client_secret.expose()),
    ];
    let answer = http.post(offer.identity_address.expose()).form(&form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let address = offer.address.expose().to_owned();
    let early = http.post(&address).body("train success").send().await.unwrap();
    assert_eq!(early.status().as_u16(), 200);
    assert_eq!(house.see(&training.id).await.stage, Stage::Submitting, "early is no answer");
    house.step_submits().await;
    house.step_polls().await;
    Victim { id: training.id, model_id, address, token }
}

/// Address, token and body of each call.
fn write_abuse(abuse: Abuse, victim: &Victim, other: &Victim) -> Vec<(String, String, Vec<u8>)> {
    let address = || victim.address.clone();
    let news = |text: &str| text.as_bytes().to_vec();
    match abuse {
        Abuse::Double => vec![(address(), victim.token.clone(), news("train success"))],
        Abuse::Reversed => vec![
            (address(), victim.token.clone(), news("train failed, after it had succeeded")),
            (address(), victim.token.clone(), news("train success, before it had begun")),
        ],
        Abuse::WrongSecret => vec![(format!("{}x", victim.address), victim.token.clone(), news("train failed"))],
        Abuse::ForgedToken => vec![(address(), "99999999999999.forged".to_owned(), news("train failed"))],
        Abuse::TokenOfAnother => vec![(address(), other.token.clone(), news("train failed"))],
        Abuse::Large => vec![(address(), victim.token.clone(), vec![b'x'; 1024 * 1024])],
    }
}

/// The statuses an abuse may get. `None`: the connection ended while a large body was still being sent.
fn is_expected(abuse: Abuse, status: Option<u16>) -> bool {
    match abuse {
        Abuse::WrongSecret => status == Some(404),
        Abuse::Large => matches!(status, Some(413) | None),
        _ => matches!(status, Some(200 | 429)),
    }
}

/// How many questions the vendor was asked after its request number `after`, and the number of its last request.
async fn list_questions(house: &House, after: u64) -> (usize, u64) {
    let url = format!("http://{}/control/log?after={after}", house.vendor_address());
    let log: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    let requests = log["requests"].as_array().unwrap();
    let is_question = |visit: &&Value| visit["path"].as_str().is_some_and(|path| path.ends_with("/progress"));
    let last = requests.last().and_then(|visit| visit["sequence"].as_u64()).unwrap_or(after);
    (requests.iter().filter(is_question).count(), last)
}

/// When the vendor was asked about a model, in ms.
async fn question_times(house: &House, model_id: &str) -> Vec<i64> {
    let path = format!("/{model_id}/progress");
    let log = house.vendor_log().await;
    let asked = log.iter().filter(|visit| visit["path"].as_str().is_some_and(|asked| asked.ends_with(&path)));
    asked.map(|visit| visit["at_ms"].as_i64().unwrap()).collect()
}
