//! A line of a list of sites: what its columns mean, and which site it tells of.

use serde::{Deserialize, Serialize};

use super::heads;
use crate::credit_code;
use crate::division;
use crate::fault::{Fault, check_length};
use crate::id::{OfficeId, OrganizationId, SiteId, derived};
use crate::party::{Organization, Site, SiteOrganization};
use crate::quick::{Presets, sameness};

/// What a column of a list means.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS,
)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Column {
    /// The site's name.
    Name,
    /// Where it is.
    Address,
    /// The unified social credit code of whoever operates it.
    CreditCode,
    /// The division: a code or a name.
    Division,
    /// The sectors, in words.
    Sector,
    /// The kind of premises, in words.
    Kind,
    /// The legal representative of whoever operates it.
    Representative,
    /// Whom to ask.
    Contact,
    /// A telephone.
    Phone,
    /// Who operates it.
    Operator,
    /// Whose it is.
    Owner,
}

/// A line as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// The site's name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// The credit code, checked; empty when the line tells none.
    pub credit_code: String,
    /// The 12-digit division; empty when the line tells none.
    pub division: String,
    /// The sectors that its words mean.
    pub sectors: Vec<String>,
    /// The presets that its words mean.
    pub kinds: Vec<String>,
    /// Whom to ask, and the telephone.
    pub contact: String,
    /// The legal representative.
    pub representative: String,
    /// Who operates it, where a column of its own says so.
    pub operator: String,
    /// Whose it is.
    pub owner: String,
    /// Words for sector and kind that mean nothing here: the line is taken without them.
    pub unknown: Vec<String>,
}

/// An organization that a line tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineOrganization {
    /// What it is to the site.
    pub role: &'static str,
    /// Its name.
    pub name: String,
    /// Its credit code; empty when the line tells none.
    pub credit_code: String,
    /// Its legal representative; empty when the line tells none.
    pub representative: String,
}

/// Reads the cells of a line.
///
/// # Errors
/// `import_name_missing`, `text_too_long`, and what [`credit_code::parse`] and [`division::parse`] refuse.
pub fn read(
    cells: &[String],
    columns: &[Option<Column>],
    presets: &Presets,
) -> Result<Line, Fault> {
    let text = |wanted: Column| -> String {
        let at = columns.iter().position(|column| *column == Some(wanted));
        let cell = at.and_then(|at| cells.get(at)).map_or("", String::as_str);
        cell.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let limited = |wanted: Column, chars_max: usize, field: &'static str| {
        let text = text(wanted);
        check_length(&text, chars_max, field).map(|()| text)
    };
    let name = limited(Column::Name, super::NAME_CHARS_MAX, "name")?;
    if name.is_empty() {
        return Err(Fault::invalid("import_name_missing", "name"));
    }
    let code = text(Column::CreditCode);
    let place = text(Column::Division);
    let contact = [text(Column::Contact), text(Column::Phone)].join(" ");
    let contact = contact.trim().to_owned();
    check_length(&contact, super::CONTACT_CHARS_MAX, "contact")?;
    let mut line = Line {
        name,
        address: limited(Column::Address, super::ADDRESS_CHARS_MAX, "address")?,
        credit_code: if heads::says_none(&code) {
            String::new()
        } else {
            credit_code::parse(&code)?
        },
        division: if heads::says_none(&place) {
            String::new()
        } else {
            division::parse(&place)?
        },
        contact,
        representative: limited(
            Column::Representative,
            super::REPRESENTATIVE_CHARS_MAX,
            "representative",
        )?,
        operator: limited(Column::Operator, super::NAME_CHARS_MAX, "organizations")?,
        owner: limited(Column::Owner, super::NAME_CHARS_MAX, "organizations")?,
        ..Line::default()
    };
    for word in heads::words(&limited(
        Column::Sector,
        super::ADDRESS_CHARS_MAX,
        "sectors",
    )?) {
        match heads::sector(&word) {
            Some(sector) if line.sectors.iter().any(|known| known == sector) => {}
            Some(sector) => line.sectors.push(sector.to_owned()),
            None => line.unknown.push(word),
        }
    }
    let kind = limited(Column::Kind, super::ADDRESS_CHARS_MAX, "kinds")?;
    match presets.meant_by(&kind) {
        Some(preset) => line.kinds.push(preset.id.clone()),
        None if kind.is_empty() => {}
        None => line.unknown.push(kind),
    }
    Ok(line)
}

impl Line {
    /// Name and address without what typing changes.
    #[must_use]
    pub fn sameness(&self) -> String {
        sameness(&self.name, &self.address)
    }

    /// The name of the site that a line makes where none is known: the same on every laptop of the office, and
    /// when it is read again. A credit code tells whose it is and the name which of that one's places;
    /// without a code name, address and division tell it together.
    #[must_use]
    pub fn site_id(&self, office: OfficeId) -> SiteId {
        let office = office.to_string();
        SiteId(if self.credit_code.is_empty() {
            derived(&["site", &office, &self.sameness(), &self.division])
        } else {
            derived(&[
                "site",
                &office,
                &self.credit_code,
                &sameness(&self.name, ""),
            ])
        })
    }

    /// The organizations that it tells of. Who has the code and the representative operates the site; without a
    /// name of its own it is called as the site is.
    #[must_use]
    pub fn organizations(&self) -> Vec<LineOrganization> {
        let mut told = Vec::new();
        let operated = [&self.operator, &self.credit_code, &self.representative];
        if operated.into_iter().any(|text| !text.is_empty()) {
            told.push(LineOrganization {
                role: "operator",
                name: if self.operator.is_empty() {
                    self.name.clone()
                } else {
                    self.operator.clone()
                },
                credit_code: self.credit_code.clone(),
                representative: self.representative.clone(),
            });
        }
        if !self.owner.is_empty() {
            told.push(LineOrganization {
                role: "owner",
                name: self.owner.clone(),
                credit_code: String::new(),
                representative: String::new(),
            });
        }
        told
    }

    /// The site as it is after the line: what the line does not tell stays as it was, and of lists nothing goes.
    #[must_use]
    pub fn over(&self, known: Site, organizations: Vec<SiteOrganization>) -> Site {
        let given = |new: &String, old: String| if new.is_empty() { old } else { new.clone() };
        Site {
            name: given(&self.name, known.name),
            address: given(&self.address, known.address),
            division: given(&self.division, known.division),
            contact: given(&self.contact, known.contact),
            sectors: with(known.sectors, &self.sectors),
            kinds: with(known.kinds, &self.kinds),
            organizations: with(known.organizations, &organizations),
            ..known
        }
    }
}

impl LineOrganization {
    /// The name of the organization where none is known: by its code, else by what it is to this site.
    #[must_use]
    pub fn organization_id(&self, office: OfficeId, site: SiteId) -> OrganizationId {
        let office = office.to_string();
        OrganizationId(if self.credit_code.is_empty() {
            let site = site.to_string();
            derived(&[
                "organization",
                &office,
                &site,
                self.role,
                &sameness(&self.name, ""),
            ])
        } else {
            derived(&["organization", &office, &self.credit_code])
        })
    }

    /// The organization as it is after the line. A known one keeps its name: a list may call it by the site's.
    #[must_use]
    pub fn over(&self, id: OrganizationId, known: Option<Organization>) -> Organization {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        match known {
            Some(known) => Organization {
                credit_code: given(&self.credit_code).or(known.credit_code),
                representative: given(&self.representative).or(known.representative),
                ..known
            },
            None => Organization {
                id,
                name: self.name.clone(),
                credit_code: given(&self.credit_code),
                representative: given(&self.representative),
                extra: serde_json::Map::new(),
            },
        }
    }
}

fn with<T: Clone + PartialEq>(mut known: Vec<T>, told: &[T]) -> Vec<T> {
    for one in told {
        if !known.contains(one) {
            known.push(one.clone());
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::blank;

    fn read(heading: &[&str], cells: &[&str]) -> Result<Line, Fault> {
        let text = |cells: &[&str]| {
            cells
                .iter()
                .map(|cell| (*cell).to_owned())
                .collect::<Vec<_>>()
        };
        let presets =
            Presets::parse(include_str!("../../../../assets/quick/presets.yaml")).unwrap();
        super::read(&text(cells), &heads::columns(&text(heading)), &presets)
    }

    const HEADING: [&str; 9] = [
        "单位名称",
        "地址",
        "统一社会信用代码",
        "行政区划",
        "行业",
        "法定代表人",
        "联系人",
        "电话",
        "业主",
    ];

    #[test]
    fn a_line_is_read_by_its_columns() {
        let line = read(
            &HEADING,
            &[
                "示范饭馆",
                "北街1号",
                "91350100m000100y43",
                "林周县",
                "燃气、消防、餐饮业",
                "示例甲",
                "示例乙",
                "13900000000",
                "示范村委会",
            ],
        )
        .unwrap();
        assert_eq!(line.credit_code, "91350100M000100Y43");
        assert_eq!(line.division, "540121000000");
        assert_eq!(line.sectors, ["city_gas", "fire"]);
        assert_eq!(line.unknown, ["餐饮业"]);
        assert_eq!(line.contact, "示例乙 13900000000");
        let roles: Vec<_> = line
            .organizations()
            .into_iter()
            .map(|one| (one.role, one.name))
            .collect();
        assert_eq!(
            roles,
            [
                ("operator", "示范饭馆".to_owned()),
                ("owner", "示范村委会".to_owned())
            ]
        );
    }

    #[test]
    fn a_line_that_cannot_be_taken_says_why() {
        let key = |cells: &[&str]| read(&HEADING, cells).unwrap_err().key;
        assert_eq!(key(&["", "北街1号"]), "import_name_missing");
        assert_eq!(
            key(&["示范饭馆", "", "91350100M000100Y44"]),
            "credit_code_check"
        );
        assert_eq!(key(&["示范饭馆", "", "", "成都市"]), "division_unknown");
        assert_eq!(key(&[&"长".repeat(101)]), "text_too_long");
        assert!(
            read(&HEADING, &["示范饭馆", "", "无", "—"]).is_ok(),
            "nothing is no code"
        );
    }

    #[test]
    fn the_same_place_has_the_same_name_on_every_laptop_and_another_has_not() {
        let office = OfficeId(uuid::Uuid::from_u128(1));
        let id = |cells: &[&str]| read(&HEADING, cells).unwrap().site_id(office);
        let code = "91350100M000100Y43";
        assert_eq!(
            id(&["示范矿一号井", "甲乡", code]),
            id(&["示范矿 一号井", "甲乡北沟", code])
        );
        assert_ne!(
            id(&["示范矿一号井", "甲乡", code]),
            id(&["示范矿二号井", "甲乡", code])
        );
        assert_eq!(
            id(&["小卖部", "北街１号", "", "540121"]),
            id(&["小卖部", "北街1号", "", "林周县"])
        );
        assert_ne!(id(&["小卖部", "北街1号"]), id(&["小卖部", "北街2号"]));
    }

    #[test]
    fn a_line_takes_nothing_away_from_a_known_site() {
        let mut known = blank(SiteId(uuid::Uuid::from_u128(7)));
        known.address = "北街1号".to_owned();
        known.sectors = vec!["fire".to_owned()];
        let line = read(&HEADING, &["示范饭馆", "", "", "", "燃气"]).unwrap();
        let after = line.over(known, Vec::new());
        assert_eq!(after.address, "北街1号");
        assert_eq!(after.sectors, ["fire", "city_gas"]);
    }
}
