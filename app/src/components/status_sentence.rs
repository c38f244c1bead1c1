//! What is going on, in whole sentences.

use super::moment::{moment_of, vendor_label};
use super::stage_badge::StageBadge;
use super::timeline::Timeline;
use crate::model::history::UsualDuration;
use crate::model::stage::Stage;
use crate::model::training::{ServingState, Training};
use crate::texts::{self, format_duration};
use crate::ui::{Clock, Erase, When};
use leptos::prelude::{
    AnyView, ClassAttribute, ElementChild, Get, GlobalAttributes, Memo, Signal, With, component, view,
};

/// The main sentence: what the training does and for how long. `None` for `now`: the server, which tells no durations
/// that last.
pub fn status_sentence(training: &Training, timeline: &Timeline, now: Option<i64>) -> String {
    let vendor = vendor_label(&training.kind);
    let percent = training.progress.as_ref().and_then(|progress| progress.percent);
    let entered = timeline.visits.iter().rev().find(|visit| visit.stage == training.stage);
    let spent = entered.zip(now).map(|(visit, now)| format_duration(visit.millis(now)));
    let took = training.ended_at.map(|ended| format_duration(ended.millis_since(training.created_at)));
    let is_asleep = training.serving.as_ref().is_some_and(|serving| serving.state == ServingState::Asleep);
    match training.stage {
        Stage::Submitting => match training.held() {
            Some(held) if held.behind.is_none() => texts::HELD_BY_VENDOR.to_owned(),
            Some(_) => texts::HELD_SENTENCE.to_owned(),
            None => texts::on_its_way(&vendor),
        },
        Stage::NeedsAttention => texts::NEEDS_A_PERSON.to_owned(),
        Stage::Ready if is_asleep => texts::READY_ASLEEP.to_owned(),
        Stage::Ready => texts::ready_after(took.as_deref()),
        Stage::Failed => texts::failed_after(took.as_deref()),
        Stage::Rejected => texts::rejected_by(&vendor),
        Stage::Gone => texts::gone_at(&vendor),
        Stage::Superseded => texts::SUPERSEDED_SENTENCE.to_owned(),
        Stage::Queued | Stage::Preparing | Stage::Training | Stage::Saving | Stage::Publishing => {
            texts::in_stage(training.stage, spent.as_deref(), percent)
        }
    }
}

/// The stage, the main sentence, what is usual, and when the vendor was last heard of.
#[component]
pub fn StatusSentence(
    #[prop(into)] training: Signal<Training>,
    #[prop(into)] timeline: Signal<Timeline>,
    #[prop(into)] usual: Signal<Vec<UsualDuration>>,
) -> AnyView {
    let clock = Clock::of_page();
    let sentence = move || training.with(|training| timeline.with(|past| status_sentence(training, past, clock.now())));
    let stage = Memo::new(move |_| training.with(|training| training.stage));
    let status = Signal::derive(move || training.with(|training| training.vendor_status.clone()));
    let usually = move || {
        usual.with(|usual| {
            usual.iter().find(|usual| usual.stage == stage.get() && usual.can_be_told()).map(texts::usually_sentence)
        })
    };
    let unseen = Memo::new(move |_| training.with(|training| training.unseen_since));
    let stalled = Memo::new(move |_| training.with(|training| training.stalled_since));
    let seen = Memo::new(move |_| training.with(|training| training.last_seen_at));
    let vendor = move || training.with(|training| vendor_label(&training.kind));
    view! {
        <div class="sentence">
            <StageBadge stage=stage vendor_status=status/>
            <span>{move || sentence()}</span>
            {move || usually().map(|text| view! { <span class="muted">{text}</span> }).erase()}
            {move || seen.get().filter(|_| unseen.get().is_none()).map(|at| view! {
                <span class="muted">
                    {texts::LAST_SEEN} " " <When at=Signal::stored(moment_of(at.as_millis()))/>
                </span>
            }).erase()}
            {move || unseen.get().map(|at| view! {
                <span class="overlay stage-publishing" role="note">
                    {texts::unseen(&vendor())} " " <When at=Signal::stored(moment_of(at.as_millis()))/>
                </span>
            }).erase()}
            {move || stalled.get().map(|at| view! {
                <span class="overlay stage-publishing" role="note">
                    {texts::STALLED} " " <When at=Signal::stored(moment_of(at.as_millis()))/>
                </span>
            }).erase()}
        </div>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::status_sentence;
    use crate::components::sample;
    use crate::components::timeline::Timeline;
    use crate::model::stage::Stage;
    use crate::model::time::Timestamp;
    use crate::model::training::Progress;

    #[test]
    fn every_stage_has_its_sentence_with_and_without_a_clock() {
        for stage in Stage::ALL {
            let training = sample::training(stage);
            let timeline = Timeline::build(&training, &[sample::event(&training, 1, stage)]);
            for now in [None, Some(sample::START + 600_000)] {
                let sentence = status_sentence(&training, &timeline, now);
                assert!(sentence.ends_with('.') && sentence.len() > 10, "{stage}: {sentence}");
            }
        }
    }

    #[test]
    fn a_running_training_says_for_how_long_and_how_far() {
        let mut training = sample::training(Stage::Training);
        training.progress = Some(Progress { percent: Some(45.0), ..Progress::default() });
        let timeline = Timeline::build(&training, &[sample::event(&training, 1, Stage::Training)]);
        let sentence = status_sentence(&training, &timeline, Some(sample::START + 13 * 60_000));
        assert_eq!(sentence, "In this stage for 12 min, at 45 %.");
    }

    #[test]
    fn an_ended_training_says_how_long_it_took() {
        let mut training = sample::training(Stage::Failed);
        training.ended_at = Some(Timestamp::from_millis(sample::START + 240_000));
        let timeline = Timeline::build(&training, &[]);
        assert_eq!(status_sentence(&training, &timeline, None), "Failed after 4 min.");
    }
}
