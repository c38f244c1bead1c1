//! The rehearsal, over real HTTP through the public address: it arrives, or says what is in the way.

use crate::support::house::{House, SESTEK};
use app::model::callback::{CallbackProof, CallbackTiming};
use app::model::ids::ConnectionId;
use axum::Router;
use axum::http::StatusCode;
use tokio::net::TcpListener;
use trainyard::trainings::TrainingFault;
use trainyard::web::callbacks::callbacks_router;

/// A house whose public address is `listener`'s.
async fn house_at(listener: &TcpListener) -> House {
    let mut house = House::build().await;
    let address = listener.local_addr().expect("an address");
    house.config.server.public_url = format!("http://{address}").parse().expect("an URL");
    house.restart().await;
    house
}

fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move { axum::serve(listener, router).await });
}

#[tokio::test]
async fn a_rehearsal_arrives_through_our_own_public_address_and_touches_no_training() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let house = house_at(&listener).await;
    let trainings = &house.core.trainings;
    serve(listener, callbacks_router(trainings.clone()));
    let training = house.submit("untouched").await;
    for _ in 0..2 {
        let tested = trainings.rehearse_callback(&ConnectionId::new(SESTEK)).await.expect("asked").expect("there");
        assert!(tested.ok, "{tested:?}");
    }
    let kept = trainings.list_callbacks_of(None).await.expect("the inbox");
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|callback| callback.timing == CallbackTiming::Rehearsal));
    assert!(kept.iter().all(|callback| callback.proof == CallbackProof::Token));
    assert!(kept[0].body.contains("train+success"), "{}", kept[0].body);
    assert_eq!(house.see(&training.id).await, training);
    let attached = trainings.attach_callback(kept[0].id, &training.id).await;
    assert!(matches!(attached, Err(TrainingFault::CallbackTaken)));
    assert_eq!(trainings.rehearse_callback(&ConnectionId::new("none")).await.expect("asked"), None);
}

#[tokio::test]
async fn a_rehearsal_says_what_is_in_the_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let house = house_at(&listener).await;
    let sestek = ConnectionId::new(SESTEK);
    let rehearse = || house.core.trainings.rehearse_callback(&sestek);
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let dark = rehearse().await.expect("asked").expect("there");
    assert!(!dark.ok && dark.message.contains("server.public_url"), "{dark:?}");
    let listener = TcpListener::bind(address).await.expect("the port again");
    serve(listener, Router::new().fallback(|| async { (StatusCode::FORBIDDEN, "a proxy's page") }));
    let blocked = rehearse().await.expect("asked").expect("there");
    assert!(!blocked.ok && blocked.message.contains("403"), "{blocked:?}");
}
