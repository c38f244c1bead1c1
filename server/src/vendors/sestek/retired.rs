//! The addresses that SESTEK retired "starting January 1, 2025" (contract E1d, E2d): only by explicit setting.
//! Text clustering and classification have them, for training and progress; nothing else ever had.

use crate::vendors::http::answer::Answer;
use crate::vendors::vendor::SubmitOutcome;

/// The path of today's addresses, and of the retired ones.
const CURRENT: &str = "/sestekai-api/api/external/trainings/";
const RETIRED: &str = "/sestekai-api/api/app/external-trainings/";

/// What a connection that uses them says of itself.
pub const NOTICE: &str = "This connection uses addresses that SESTEK retired on 2025-01-01 (use_deprecated_paths = true). \
                          They may end with any update of SESTEK; remove the key as soon as its current addresses answer.";

/// What to do when they are gone.
const GONE: &str = "The connection uses addresses that SESTEK retired on 2025-01-01, and they seem to be gone: remove \
                    use_deprecated_paths from the connection's settings and restart.";

/// A path as this connection spells it.
pub fn spell_path(path: String, uses_retired: bool) -> String {
    match path.strip_prefix(CURRENT) {
        Some(rest) if uses_retired && (rest == "train" || rest.ends_with("/progress")) => format!("{RETIRED}{rest}"),
        _ => path,
    }
}

/// Why an answer from `path` says that the address itself is gone; `None`: it does not say so. SESTEK's own program
/// answers with an error object, which is about the model (`is_about_model`).
pub fn explain_gone(path: &str, answer: &Answer, is_about_model: bool) -> Option<&'static str> {
    let is_gone = path.contains(RETIRED) && matches!(answer.status, 404 | 405 | 410) && !is_about_model;
    is_gone.then_some(GONE)
}

/// The outcome of a submit to an address that is gone: in the same words, with what to do.
pub fn explain_submit(outcome: SubmitOutcome, path: &str, answer: &Answer) -> SubmitOutcome {
    // A submit names no model yet: whatever answers 404 there is about the address.
    let Some(gone) = explain_gone(path, answer, false) else { return outcome };
    match outcome {
        SubmitOutcome::Rejected { mut failure, fields, pauses_connection } => {
            failure.hint = Some(gone.to_owned());
            SubmitOutcome::Rejected { failure, fields, pauses_connection }
        }
        SubmitOutcome::Unclear { message } => SubmitOutcome::Unclear { message: format!("{message} {gone}") },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{GONE, explain_gone, spell_path};
    use crate::vendors::http::answer::Answer;

    #[test]
    fn only_training_and_progress_of_the_first_two_kinds_have_retired_addresses() {
        let spell = |path: &str| spell_path(path.to_owned(), true);
        let external = "/sestekai-api/api/external";
        assert_eq!(spell(&format!("{external}/trainings/train")), "/sestekai-api/api/app/external-trainings/train");
        assert_eq!(
            spell(&format!("{external}/trainings/m-1/progress")),
            "/sestekai-api/api/app/external-trainings/m-1/progress"
        );
        for path in [
            format!("{external}/trainings/m-1/ready"),
            format!("{external}/generative-question-answering-trainings/train"),
            format!("{external}/generative-question-answering-trainings/m-1/progress"),
            format!("{external}/llm-configurations"),
        ] {
            assert_eq!(spell(&path), path);
        }
        let current = format!("{external}/trainings/train");
        assert_eq!(spell_path(current.clone(), false), current);
    }

    #[test]
    fn only_a_missing_retired_address_is_blamed_on_the_key() {
        let retired = "/tenant/sestekai-api/api/app/external-trainings/m-1/progress";
        let answer = |status: u16| Answer::sample(status, "", "");
        assert_eq!(explain_gone(retired, &answer(404), false), Some(GONE));
        assert_eq!(explain_gone(retired, &answer(410), false), Some(GONE));
        assert_eq!(explain_gone(retired, &answer(404), true), None);
        assert_eq!(explain_gone(retired, &answer(500), false), None);
        assert_eq!(explain_gone("/sestekai-api/api/external/trainings/m-1/progress", &answer(404), false), None);
        assert!(GONE.contains("use_deprecated_paths"));
    }
}
