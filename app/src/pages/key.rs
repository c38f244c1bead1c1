//! Makes the id of a new training: the UUIDv7 that makes a submit safe to repeat.

use crate::model::ids::TrainingId;

/// The UUIDv7 of a moment (ms since 1970) and ten random bytes (RFC 9562, 5.7).
#[cfg(any(feature = "hydrate", test))]
pub fn make_training_id(millis: u64, random: [u8; 10]) -> Option<TrainingId> {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut bytes = [0_u8; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 0x0f)]));
    }
    TrainingId::parse(&text)
}

/// A new id by the browser's clock and its random numbers; `None` where there are none.
#[cfg(feature = "hydrate")]
pub fn new_training_id() -> Option<TrainingId> {
    let mut random = [0_u8; 10];
    leptos::prelude::window().crypto().ok()?.get_random_values_with_u8_array(&mut random).ok()?;
    // Whole milliseconds; a clock before 1970 counts as 1970.
    make_training_id(js_sys::Date::now().max(0.0) as u64, random)
}

/// Ids are made in the browser.
#[cfg(not(feature = "hydrate"))]
pub fn new_training_id() -> Option<TrainingId> {
    None
}

#[cfg(test)]
mod tests {
    use super::make_training_id;
    use proptest::prelude::{any, prop_assert, proptest};

    #[test]
    fn an_id_is_the_one_of_the_standard() {
        // RFC 9562, appendix A.6.
        let random = [0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f];
        let id = make_training_id(0x017f_22e2_79b0, random);
        assert_eq!(id.map(|id| id.to_string()).as_deref(), Some("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
    }

    proptest! {
        #[test]
        fn any_moment_and_any_random_bytes_make_a_legal_id(millis in 0_u64..(1 << 48), random in any::<[u8; 10]>()) {
            prop_assert!(make_training_id(millis, random).is_some());
        }

        #[test]
        fn later_ids_sort_later(millis in 0_u64..((1 << 48) - 1), a in any::<[u8; 10]>(), b in any::<[u8; 10]>()) {
            prop_assert!(make_training_id(millis, a) < make_training_id(millis + 1, b));
        }
    }
}
