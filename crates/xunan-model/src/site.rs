//! Sites as people enter them, merge them and list them.

pub mod heads;
pub mod line;
pub mod merging;
pub mod survivors;

use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use crate::credit_code;
use crate::digest::Digest;
use crate::division;
use crate::fault::{Fault, check_length};
use crate::id::{OrganizationId, SiteId};
use crate::inspection::check_profile;
use crate::party::{FacilityUnit, Organization, Site, SiteOrganization};
use crate::record::canonical_digest;

/// The longest name of a site or organization, in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// The longest address, in characters.
pub const ADDRESS_CHARS_MAX: usize = 200;
/// The longest text about whom to ask, in characters.
pub const CONTACT_CHARS_MAX: usize = 200;
/// The longest name of a legal representative, in characters.
pub const REPRESENTATIVE_CHARS_MAX: usize = 50;
/// The most organizations at a site.
pub const ORGANIZATIONS_MAX: usize = 20;
/// The most sectors, and the most kinds, of a site.
pub const SECTORS_MAX: usize = 50;
/// What an organization can be to a site.
pub const ROLES: [&str; 4] = ["owner", "operator", "contractor", "tenant"];

/// A site as a form edits it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct SiteDraft {
    /// Which one; `None`: a new one.
    pub id: Option<SiteId>,
    /// What the form began with, as [`seen`] tells; `None` for a new one.
    pub seen: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it is, in words.
    pub address: String,
    /// Its division: digits or a name; empty when it is not known.
    pub division: String,
    /// The sectors whose checklists apply.
    pub sectors: Vec<String>,
    /// The presets of quick checks that fit it.
    pub kinds: Vec<String>,
    /// What stands there, as `edition/facility`.
    pub facilities: Vec<String>,
    /// Several facilities of one kind.
    pub units: Vec<FacilityUnit>,
    /// Whom to ask there, and how to reach them.
    pub contact: String,
    /// The organizations there.
    pub organizations: Vec<OrganizationDraft>,
}

/// An organization at a site as a form edits it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct OrganizationDraft {
    /// Which one; `None`: a new one.
    pub id: Option<OrganizationId>,
    /// What it is to the site; see [`ROLES`].
    pub role: String,
    /// Its full name.
    pub name: String,
    /// Its unified social credit code; empty when there is none.
    pub credit_code: String,
    /// Its legal representative; empty when not known.
    pub representative: String,
}

impl SiteDraft {
    /// The draft as it is kept: texts trimmed, codes in full.
    ///
    /// # Errors
    /// `site_name_missing`, `text_too_long`, `organization_name_missing`, `organization_twice`, `unit_twice`,
    /// `invalid`, and what [`division::parse`] and [`credit_code::parse`] refuse.
    pub fn check(mut self) -> Result<Self, Fault> {
        tidy(&mut self.name, NAME_CHARS_MAX, "name")?;
        if self.name.is_empty() {
            return Err(Fault::invalid("site_name_missing", "name"));
        }
        tidy(&mut self.address, ADDRESS_CHARS_MAX, "address")?;
        tidy(&mut self.contact, CONTACT_CHARS_MAX, "contact")?;
        if !self.division.trim().is_empty() {
            self.division = division::parse(&self.division)?;
        }
        let words = self.sectors.iter().chain(&self.kinds);
        if self.sectors.len() > SECTORS_MAX
            || self.kinds.len() > SECTORS_MAX
            || words.clone().any(|word| word.is_empty() || word.len() > 64)
        {
            return Err(Fault::invalid("invalid", "sectors").with("field", "sectors"));
        }
        check_profile(&self.facilities, &self.units)?;
        if self.organizations.len() > ORGANIZATIONS_MAX {
            return Err(Fault::invalid("organizations_many", "organizations")
                .with("max", ORGANIZATIONS_MAX));
        }
        for at in 0..self.organizations.len() {
            self.organizations[at].check()?;
            let (before, this) = (&self.organizations[..at], &self.organizations[at]);
            if before.iter().any(|other| other.same_as(this)) {
                let fault = Fault::invalid("organization_twice", "organizations");
                return Err(fault.with("name", &this.name));
            }
        }
        Ok(self)
    }

    /// The site that a checked draft makes of a known one, or of none.
    #[must_use]
    pub fn over(
        self,
        id: SiteId,
        known: Option<Site>,
        organizations: Vec<SiteOrganization>,
    ) -> Site {
        let known = known.unwrap_or_else(|| blank(id));
        Site {
            name: self.name,
            address: self.address,
            division: self.division,
            sectors: self.sectors,
            kinds: self.kinds,
            facilities: self.facilities,
            units: self.units,
            contact: self.contact,
            organizations,
            ..known
        }
    }
}

impl OrganizationDraft {
    fn check(&mut self) -> Result<(), Fault> {
        tidy(&mut self.name, NAME_CHARS_MAX, "organizations")?;
        if self.name.is_empty() {
            return Err(Fault::invalid("organization_name_missing", "organizations"));
        }
        tidy(
            &mut self.representative,
            REPRESENTATIVE_CHARS_MAX,
            "organizations",
        )?;
        check_length(&self.role, 30, "organizations")?;
        if !self.credit_code.trim().is_empty() {
            self.credit_code = credit_code::parse(&self.credit_code)?;
        }
        Ok(())
    }

    fn same_as(&self, other: &Self) -> bool {
        let same = match (self.id, other.id) {
            (Some(a), Some(b)) => a == b,
            _ => self.name == other.name && self.credit_code == other.credit_code,
        };
        same && self.role == other.role
    }

    /// The organization that a checked draft makes of a known one, or of none.
    #[must_use]
    pub fn over(&self, id: OrganizationId, known: Option<Organization>) -> Organization {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Organization {
            id,
            name: self.name.clone(),
            credit_code: given(&self.credit_code),
            representative: given(&self.representative),
            extra: known.map_or_else(Map::new, |known| known.extra),
        }
    }
}

/// A site of which nothing is known yet.
#[must_use]
pub fn blank(id: SiteId) -> Site {
    Site {
        id,
        name: String::new(),
        address: String::new(),
        division: String::new(),
        sectors: Vec::new(),
        facilities: Vec::new(),
        units: Vec::new(),
        kinds: Vec::new(),
        listed: 0,
        point: None,
        contact: String::new(),
        organizations: Vec::new(),
        merged_into: None,
        merge: None,
        extra: Map::new(),
    }
}

/// Tells states of a site and its organizations apart: a form that began with another one is stale.
///
/// # Errors
/// When a record cannot be written as JSON.
pub fn seen(site: &Site, organizations: &[Organization]) -> Result<Digest, serde_json::Error> {
    let mut sorted: Vec<&Organization> = organizations.iter().collect();
    sorted.sort_by_key(|organization| organization.id);
    sorted.dedup_by_key(|organization| organization.id);
    let all = json!({ "site": serde_json::to_value(site)?, "organizations": serde_json::to_value(sorted)? });
    Ok(canonical_digest(&all))
}

fn tidy(text: &mut String, chars_max: usize, field: &'static str) -> Result<(), Fault> {
    *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    check_length(text, chars_max, field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> SiteDraft {
        SiteDraft {
            id: None,
            seen: None,
            name: " 示范加油站 ".to_owned(),
            address: "示范县 南路１８号".to_owned(),
            division: "540121".to_owned(),
            sectors: vec!["fire".to_owned()],
            kinds: Vec::new(),
            facilities: Vec::new(),
            units: Vec::new(),
            contact: String::new(),
            organizations: vec![organization("示范石油", "91350100m000100y43")],
        }
    }

    fn organization(name: &str, code: &str) -> OrganizationDraft {
        OrganizationDraft {
            id: None,
            role: "operator".to_owned(),
            name: name.to_owned(),
            credit_code: code.to_owned(),
            representative: String::new(),
        }
    }

    fn refused(change: impl FnOnce(&mut SiteDraft)) -> &'static str {
        let mut draft = draft();
        change(&mut draft);
        draft.check().unwrap_err().key
    }

    #[test]
    fn a_sound_draft_is_kept_trimmed_and_with_whole_codes() {
        let kept = draft().check().unwrap();
        assert_eq!(kept.name, "示范加油站");
        assert_eq!(kept.division, "540121000000");
        assert_eq!(kept.organizations[0].credit_code, "91350100M000100Y43");
    }

    #[test]
    fn what_cannot_be_kept_is_refused_with_its_reason() {
        assert_eq!(refused(|d| d.name = " ".to_owned()), "site_name_missing");
        assert_eq!(refused(|d| d.name = "长".repeat(101)), "text_too_long");
        assert_eq!(refused(|d| d.contact = "1".repeat(201)), "text_too_long");
        assert_eq!(refused(|d| d.division = "11".to_owned()), "division_form");
        let code = |d: &mut SiteDraft| {
            "91350100M000100Y44".clone_into(&mut d.organizations[0].credit_code)
        };
        assert_eq!(refused(code), "credit_code_check");
        let nameless = |d: &mut SiteDraft| d.organizations[0].name.clear();
        assert_eq!(refused(nameless), "organization_name_missing");
        let twice = |d: &mut SiteDraft| d.organizations.push(d.organizations[0].clone());
        assert_eq!(refused(twice), "organization_twice");
    }

    #[test]
    fn what_a_form_does_not_show_stays_as_it_was() {
        let id = SiteId(uuid::Uuid::from_u128(7));
        let mut known = blank(id);
        known.listed = 12;
        known.extra.insert("risk_tier".to_owned(), json!("B"));
        let made = draft().check().unwrap().over(id, Some(known), Vec::new());
        assert_eq!(
            (made.listed, made.extra["risk_tier"].as_str()),
            (12, Some("B"))
        );
        assert_eq!(made.address, "示范县 南路１８号");
    }

    #[test]
    fn any_change_of_a_site_or_its_organizations_makes_a_form_stale() {
        let id = SiteId(uuid::Uuid::from_u128(7));
        let site = blank(id);
        let first = organization("甲", "").over(OrganizationId(id.0), None);
        let before = seen(&site, std::slice::from_ref(&first)).unwrap();
        let renamed = organization("乙", "").over(OrganizationId(id.0), None);
        assert_ne!(before, seen(&site, &[renamed]).unwrap());
        let moved = Site {
            address: "别处".to_owned(),
            ..site.clone()
        };
        assert_ne!(before, seen(&moved, std::slice::from_ref(&first)).unwrap());
        assert_eq!(before, seen(&site, &[first]).unwrap());
    }
}
