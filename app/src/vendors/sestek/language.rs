//! The languages that each kind of training takes (contract 6 and 7): clustering six, classification eleven.
//! Holds no other rule.

use serde::{Deserialize, Serialize};

/// Declares an enum of languages with its wire codes and English names.
macro_rules! languages {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $code:literal $english:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        pub enum $name {
            $(#[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// Every language, in the order of the vendor's page.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code on the wire (`tr-TR`).
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The language for people (`Turkish (tr-TR)`).
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => concat!($english, " (", $code, ")"),)+ }
            }

            /// Reads a code exactly as the vendor prints it.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|language| language.code() == code)
            }
        }
    };
}

languages! {
    /// The languages of clustering.
    ClusteringLanguage {
        EnUs "en-US" "English",
        TrTr "tr-TR" "Turkish",
        ArSa "ar-SA" "Arabic",
        FrFr "fr-FR" "French",
        NlNl "nl-NL" "Dutch",
        ItIt "it-IT" "Italian",
    }
}

languages! {
    /// The languages of classification: wider than clustering's.
    ClassificationLanguage {
        EnUs "en-US" "English",
        TrTr "tr-TR" "Turkish",
        ArSa "ar-SA" "Arabic",
        LvLv "lv-LV" "Latvian",
        RuRu "ru-RU" "Russian",
        EsEs "es-ES" "Spanish",
        UrPk "ur-PK" "Urdu",
        FrFr "fr-FR" "French",
        NlNl "nl-NL" "Dutch",
        DeDe "de-DE" "German",
        ItIt "it-IT" "Italian",
    }
}

/// Reads a language of clustering; the error names the legal ones.
pub(super) fn read_clustering_language(code: &str) -> Result<ClusteringLanguage, String> {
    ClusteringLanguage::from_code(code).ok_or_else(|| {
        let codes: Vec<_> = ClusteringLanguage::ALL.iter().map(|language| language.code()).collect();
        match ClassificationLanguage::from_code(code) {
            Some(language) => {
                let label = language.label();
                format!("{label} is legal for classification only. Clustering takes: {}.", codes.join(", "))
            }
            None => refuse_code(code, &codes),
        }
    })
}

/// Reads a language of classification; the error names the legal ones.
pub(super) fn read_classification_language(code: &str) -> Result<ClassificationLanguage, String> {
    ClassificationLanguage::from_code(code).ok_or_else(|| {
        let codes: Vec<_> = ClassificationLanguage::ALL.iter().map(|language| language.code()).collect();
        refuse_code(code, &codes)
    })
}

fn refuse_code(code: &str, codes: &[&str]) -> String {
    match codes.iter().find(|known| known.eq_ignore_ascii_case(code)) {
        _ if code.is_empty() => format!("Choose a language: {}.", codes.join(", ")),
        Some(known) => format!("Write the language exactly as {known}."),
        None => format!("There is no such language here. Choose one of: {}.", codes.join(", ")),
    }
}
