//! A county to try the program with. Every name says that it is a demonstration.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::Map;
use xunan_model::change::Scope;
use xunan_model::id::{OfficeId, OrganizationId, SiteId, derived};
use xunan_model::party::{Office, Organization, Site, SiteOrganization};

use crate::office::{self, NewPerson};
use crate::store::{OfficeFact, Store};

/// The office's name.
pub const OFFICE: &str = "示范县应急管理局";
const DIVISION: &str = "540121000000";
/// The password of every demo account.
pub const PASSWORD: &str = "demo-1234";

/// Login, name, role, certificate.
pub const PEOPLE: [(&str, &str, &str, Option<&str>); 4] = [
    ("jia", "示例甲", "inspector", Some("示范执法0001")),
    ("yi", "示例乙", "inspector", Some("示范执法0002")),
    ("zhan", "示例丙", "station", None),
    ("du", "示例丁", "supervisor", Some("示范执法0003")),
];

struct DemoSite {
    name: &'static str,
    address: &'static str,
    sectors: &'static [&'static str],
    /// Who operates it.
    operator: &'static str,
}

const fn site(
    name: &'static str,
    address: &'static str,
    sectors: &'static [&'static str],
    operator: &'static str,
) -> DemoSite {
    DemoSite {
        name,
        address,
        sectors,
        operator,
    }
}

const SITES: [DemoSite; 14] = [
    site(
        "示范铜矿一号井",
        "示范县甲乡北沟3号",
        &["noncoal_mine"],
        "示范矿业有限公司",
    ),
    site(
        "示范铜矿尾矿库",
        "示范县甲乡北沟下游",
        &["noncoal_mine"],
        "示范矿业有限公司",
    ),
    site(
        "示范采石场",
        "示范县乙乡东山脚",
        &["noncoal_mine"],
        "示范建材有限公司",
    ),
    site(
        "示范加油站",
        "示范县县城南路18号",
        &["hazchem", "fire"],
        "示范石油销售有限公司",
    ),
    site(
        "示范危化品仓库",
        "示范县工业园2号",
        &["hazchem", "fire"],
        "示范化工商贸有限公司",
    ),
    site(
        "示范液化气站",
        "示范县县城西郊",
        &["city_gas", "fire"],
        "示范燃气有限公司",
    ),
    site(
        "示范燃气调压站",
        "示范县县城中路",
        &["city_gas"],
        "示范燃气有限公司",
    ),
    site(
        "示范小餐饮甲",
        "示范县县城中路7号",
        &["city_gas", "fire"],
        "示范小餐饮甲",
    ),
    site(
        "示范藏餐馆乙",
        "示范县县城中路9号",
        &["city_gas", "fire"],
        "示范藏餐馆乙",
    ),
    site(
        "示范民宿",
        "示范县丙镇湖边路1号",
        &["fire", "city_gas"],
        "示范民宿经营部",
    ),
    site(
        "示范寺庙",
        "示范县乙乡示范村",
        &["fire"],
        "示范寺管理委员会",
    ),
    site(
        "示范商场",
        "示范县县城中路1号",
        &["fire"],
        "示范商业有限公司",
    ),
    site(
        "示范安置房工地",
        "示范县县城新区A地块",
        &["construction"],
        "示范建筑工程有限公司",
    ),
    site(
        "示范小学扩建工地",
        "示范县丙镇",
        &["construction", "fire"],
        "示范建筑工程有限公司",
    ),
];

/// The sites that a station goes through, and the preset of each.
const PREMISES: [(&str, &str); 4] = [
    ("示范小餐饮甲", "small_restaurant"),
    ("示范藏餐馆乙", "small_restaurant"),
    ("示范民宿", "homestay"),
    ("示范寺庙", "temple"),
];

/// Writes the demo county. Doing it again changes nothing, also no password.
///
/// # Errors
/// When the store fails.
pub async fn seed(store: &dyn Store, now: DateTime<Utc>) -> Result<OfficeFact> {
    let office = Office {
        id: OfficeId(derived(&["demo", "office"])),
        name: OFFICE.to_owned(),
        code_word: "示应急".to_owned(),
        division: DIVISION.to_owned(),
        rules: Vec::new(),
        days: String::new(),
        extra: Map::new(),
    };
    let fact = office::office_add(store, office, now).await?;
    for (login, name, role, certificate) in PEOPLE {
        let person = NewPerson {
            login: login.to_owned(),
            name: name.to_owned(),
            role: role.to_owned(),
            certificate: certificate.map(str::to_owned),
            password: PASSWORD.to_owned(),
        };
        office::person_add(store, &fact, person, now)
            .await
            .with_context(|| format!("the account {login}"))?;
    }
    for site in &SITES {
        site_put(store, &fact.scope, site, now).await?;
    }
    Ok(fact)
}

async fn site_put(
    store: &dyn Store,
    scope: &Scope,
    site: &DemoSite,
    now: DateTime<Utc>,
) -> Result<()> {
    let organization = Organization {
        id: OrganizationId(derived(&["demo", "organization", site.operator])),
        name: site.operator.to_owned(),
        credit_code: None,
        representative: None,
        extra: Map::new(),
    };
    let operator = SiteOrganization {
        organization: organization.id,
        role: "operator".to_owned(),
    };
    office::record_put(store, scope, organization, now).await?;
    let record = Site {
        id: SiteId(derived(&["demo", "site", site.name])),
        name: site.name.to_owned(),
        address: site.address.to_owned(),
        division: DIVISION.to_owned(),
        sectors: site
            .sectors
            .iter()
            .map(|&sector| sector.to_owned())
            .collect(),
        facilities: Vec::new(),
        units: Vec::new(),
        kinds: PREMISES
            .iter()
            .filter(|(name, _)| *name == site.name)
            .map(|(_, preset)| (*preset).to_owned())
            .collect(),
        listed: 0,
        point: None,
        contact: String::new(),
        organizations: vec![operator],
        merged_into: None,
        merge: None,
        extra: Map::new(),
    };
    office::record_put(store, scope, record, now).await?;
    Ok(())
}
