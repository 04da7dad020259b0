//! Names of things. Made on a laptop without asking anybody: UUID version 7, or version 5
//! where two laptops must arrive at the same name independently.

use uuid::Uuid;

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, ts_rs::TS,
        )]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

id! {
    /// An authority (机关).
    OfficeId;
    /// A person (人员).
    PersonId;
    /// A person's post in an office (任职).
    MembershipId;
    /// A legal or natural party (单位).
    OrganizationId;
    /// A place that is inspected (检查对象).
    SiteId;
    /// A checklist edition handed out by the server.
    EditionFileId;
    /// Names a decision: it is the conflict's.
    DecisionId;
    /// One visit (检查).
    InspectionId;
    /// The answer to one item (检查结果).
    AnswerId;
    /// A hazard found (隐患).
    FindingId;
    /// One step in a finding's life (环节).
    TransitionId;
    /// A photo (照片).
    PhotoId;
    /// A signature under a list of photos.
    SigningId;
    /// A laptop's installation, given by the server at enrolment.
    DeviceId;
}

/// The namespace of all derived names of this program.
const NAMESPACE: Uuid = Uuid::from_u128(0x5855_4e41_4e00_5000_8000_0000_0000_0001);

/// A name derived from `parts`: the same parts give the same name on every machine.
///
/// Each part is preceded by its length, so that ("ab", "c") and ("a", "bc") differ.
#[must_use]
pub fn derived(parts: &[&str]) -> Uuid {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    Uuid::new_v5(&NAMESPACE, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_names_do_not_run_together() {
        assert_eq!(derived(&["a", "b"]), derived(&["a", "b"]));
        assert_ne!(derived(&["ab", "c"]), derived(&["a", "bc"]));
    }
}
