//! The list's filters: the same in the address, the API and the live stream.
//! Reads and writes query strings; asks nothing of the store.

use super::error::FieldFault;
use super::ids::{Kind, UserName};
use super::stage::Stage;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Which trainings, in which order. An absent field does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingFilter {
    pub vendor: Option<String>,
    pub kind: Option<Kind>,
    /// Any of these.
    pub stage: Vec<Stage>,
    pub owner: Option<UserName>,
    pub tag: Option<String>,
    /// Words in the name, the vendor's name for it, tags or owner.
    pub q: Option<String>,
    /// Created at or after.
    pub from: Option<Timestamp>,
    /// Created before.
    pub to: Option<Timestamp>,
    pub sort: Sort,
    /// Archived ones instead of the others.
    pub archived: bool,
    pub after: Option<String>,
    /// 1 to 200; 50 when absent.
    pub limit: Option<u32>,
}

/// The list's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Newest created first.
    #[default]
    Newest,
    Oldest,
    /// Latest changed first.
    Changed,
}

impl Sort {
    /// The word in the address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Changed => "changed",
        }
    }
}

impl TrainingFilter {
    /// Reads decoded query pairs. Unknown names and bad values are faults, all at once; empty values do not narrow.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Vec<FieldFault>> {
        let mut filter = Self::default();
        let mut faults = Vec::new();
        for (name, value) in pairs {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            if let Err(message) = filter.set(name, value) {
                faults.push(FieldFault::new(name, message));
            }
        }
        if faults.is_empty() { Ok(filter) } else { Err(faults) }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let time = |value: &str| {
            Timestamp::parse(value)
                .or_else(|| Timestamp::parse(&format!("{value}T00:00:00Z")))
                .ok_or_else(|| "This is no time. Write it like 2026-11-20 or 2026-11-20T14:00:00Z.".to_owned())
        };
        match name {
            "vendor" => self.vendor = Some(value.to_owned()),
            "kind" => self.kind = Some(Kind::new(value)),
            "stage" => {
                for word in value.split(',') {
                    let stage = Stage::parse(word).ok_or_else(|| format!("There is no stage \"{word}\"."))?;
                    if !self.stage.contains(&stage) {
                        self.stage.push(stage);
                    }
                }
            }
            "owner" => self.owner = Some(UserName::new(value)),
            "tag" => self.tag = Some(value.to_owned()),
            "q" => self.q = Some(value.to_owned()),
            "from" => self.from = Some(time(value)?),
            "to" => self.to = Some(time(value)?),
            "sort" => {
                self.sort = [Sort::Newest, Sort::Oldest, Sort::Changed]
                    .into_iter()
                    .find(|sort| sort.as_str() == value)
                    .ok_or_else(|| "Sort by newest, oldest or changed.".to_owned())?;
            }
            "archived" => {
                self.archived = value.parse().map_err(|_| "This must be true or false.".to_owned())?;
            }
            "after" => self.after = Some(value.to_owned()),
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=200).contains(limit));
                self.limit = Some(limit.ok_or_else(|| "The limit is a number from 1 to 200.".to_owned())?);
            }
            _ => return Err("There is no such filter.".to_owned()),
        }
        Ok(())
    }

    /// The filter as query pairs, undecoded, in a fixed order; only what narrows.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let mut put = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        put("vendor", self.vendor.clone());
        put("kind", self.kind.as_ref().map(ToString::to_string));
        let stages: Vec<_> = self.stage.iter().map(|stage| stage.as_str()).collect();
        put("stage", (!stages.is_empty()).then(|| stages.join(",")));
        put("owner", self.owner.as_ref().map(ToString::to_string));
        put("tag", self.tag.clone());
        put("q", self.q.clone());
        put("from", self.from.map(|time| time.to_string()));
        put("to", self.to.map(|time| time.to_string()));
        put("sort", (self.sort != Sort::Newest).then(|| self.sort.as_str().to_owned()));
        put("archived", self.archived.then(|| "true".to_owned()));
        put("after", self.after.clone());
        put("limit", self.limit.map(|limit| limit.to_string()));
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::{Sort, TrainingFilter};
    use crate::model::stage::Stage;

    #[test]
    fn a_filter_survives_the_address() {
        let pairs = [("stage", "ready,failed"), ("q", "müşteri & co"), ("from", "2026-11-20"), ("sort", "changed")];
        let filter = TrainingFilter::from_pairs(pairs).unwrap_or_default();
        assert_eq!(filter.stage, [Stage::Ready, Stage::Failed]);
        assert_eq!(filter.sort, Sort::Changed);
        let pairs = filter.to_pairs();
        let again = TrainingFilter::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())));
        assert_eq!(again, Ok(filter));
    }

    #[test]
    fn every_bad_filter_is_named_at_once() {
        let faults = TrainingFilter::from_pairs([("stage", "done"), ("limit", "0"), ("colour", "red")]).err();
        let paths: Vec<_> = faults.unwrap_or_default().into_iter().map(|fault| fault.path).collect();
        assert_eq!(paths, ["stage", "limit", "colour"]);
    }
}
