//! What an office may set: how many days, who approves. Data with effective dates, because an
//! office's numbers change and what was done under the old ones stays judged by them.

mod calendar;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use calendar::{CALENDAR_LINES_MAX, Calendar, DayKind};

use crate::fault::Fault;

/// The most versions of an office's rules.
pub const RULES_MAX: usize = 200;
/// The greatest number of days in a rule.
pub const RULE_DAYS_MAX: u16 = 3_660;

/// An office's numbers from a day on, until the next ones.
///
/// The region's own rules were not to be had (enforcement facts §10), so the defaults are samples of
/// others, each with its source, and an office replaces them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
#[ts(export)]
pub struct OfficeRules {
    /// The first day (Asia/Shanghai) on which they count.
    #[ts(type = "string")]
    pub from: NaiveDate,
    /// A recheck is due within so many days of the request or the deadline. Default 10: Hubei's rules for listed
    /// hazards, and as background 安全生产违法行为行政处罚办法 (enforcement facts §4).
    pub recheck_days: u16,
    /// The same for fire hazards, in working days. Default 3: 消防监督检查规定§20 or thereabouts, background
    /// that has to be checked (enforcement facts §5).
    pub fire_recheck_working_days: u16,
    /// An extension is asked for at least so many working days before the deadline. Default 20: Qingdao
    /// 2012, a sample (enforcement facts §4).
    pub extension_asked_working_days: u16,
    /// It is decided within so many working days. Default 10: Qingdao 2012, a sample (enforcement facts §4).
    pub extension_decided_working_days: u16,
    /// The roles that may approve, list, delist, escalate and decide. Default 督导人员: 三年行动方案§14 leaves
    /// 审核把关 to the authority in charge.
    pub approvers: Vec<String>,
    /// From so many days past the deadline 函告, 通报, 约谈 and 曝光 are suggested. 三年行动方案§14 names the
    /// steps and no days: these are a proposal.
    pub escalation_days: [u16; 4],
    /// The last day of each step of the overdue ladder but the last: 1–7, 8–30, 31–90, more. A proposal.
    pub overdue_steps: [u16; 3],
    /// What a newer program added.
    #[serde(flatten)]
    #[ts(skip)]
    pub extra: Map<String, Value>,
}

impl Default for OfficeRules {
    fn default() -> Self {
        Self {
            from: NaiveDate::MIN,
            recheck_days: 10,
            fire_recheck_working_days: 3,
            extension_asked_working_days: 20,
            extension_decided_working_days: 10,
            approvers: vec!["supervisor".to_owned()],
            escalation_days: [1, 8, 31, 91],
            overdue_steps: [7, 30, 90],
            extra: Map::new(),
        }
    }
}

static DEFAULT: std::sync::LazyLock<OfficeRules> = std::sync::LazyLock::new(OfficeRules::default);

impl OfficeRules {
    /// The rules in force on a day: those with the latest `from` not after it, of two from one day the
    /// last; the defaults before the first.
    #[must_use]
    pub fn in_force(rules: &[Self], day: NaiveDate) -> &Self {
        let begun = rules.iter().filter(|rules| rules.from <= day);
        begun.max_by_key(|rules| rules.from).unwrap_or(&DEFAULT)
    }

    /// Whether the numbers are within their limits and the ladders climb.
    ///
    /// # Errors
    /// `rule_days` naming the field, `ladder_order`, `approvers_missing`, `text_too_long`.
    pub fn check(&self) -> Result<(), Fault> {
        let days = [
            ("recheck_days", self.recheck_days),
            ("fire_recheck_working_days", self.fire_recheck_working_days),
            (
                "extension_asked_working_days",
                self.extension_asked_working_days,
            ),
            (
                "extension_decided_working_days",
                self.extension_decided_working_days,
            ),
            ("escalation_days", self.escalation_days[3]),
            ("overdue_steps", self.overdue_steps[2]),
        ];
        for (field, number) in days {
            // An extension may be asked on the last day; nothing else happens within no time.
            let least = u16::from(field != "extension_asked_working_days");
            if number < least || number > RULE_DAYS_MAX {
                return Err(Fault::invalid("rule_days", field).with("max", RULE_DAYS_MAX));
            }
        }
        let climbs = |steps: &[u16]| steps[0] > 0 && steps.windows(2).all(|pair| pair[0] < pair[1]);
        if !climbs(&self.escalation_days) {
            return Err(Fault::invalid("ladder_order", "escalation_days"));
        }
        if !climbs(&self.overdue_steps) {
            return Err(Fault::invalid("ladder_order", "overdue_steps"));
        }
        if self.approvers.is_empty() || self.approvers.iter().any(|role| role.trim().is_empty()) {
            return Err(Fault::invalid("approvers_missing", "approvers"));
        }
        self.approvers
            .iter()
            .try_for_each(|role| crate::fault::check_length(role, 30, "approvers"))
    }
}

/// Checks the versions of an office's rules.
///
/// # Errors
/// `rules_many`, `rules_twice` for two from one day, and what [`OfficeRules::check`] refuses.
pub fn check_rules(rules: &[OfficeRules]) -> Result<(), Fault> {
    if rules.len() > RULES_MAX {
        return Err(Fault::invalid("rules_many", "rules").with("max", RULES_MAX));
    }
    for (at, one) in rules.iter().enumerate() {
        one.check()?;
        if rules[..at].iter().any(|other| other.from == one.from) {
            return Err(Fault::invalid("rules_twice", "from").with("from", one.from));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(day: &str, recheck_days: u16) -> OfficeRules {
        OfficeRules {
            from: day.parse().unwrap(),
            recheck_days,
            ..OfficeRules::default()
        }
    }

    #[test]
    fn the_rules_of_the_day_count() {
        let rules = [from("2026-07-01", 7), from("2026-01-01", 15)];
        let on = |day: &str| OfficeRules::in_force(&rules, day.parse().unwrap()).recheck_days;
        assert_eq!(on("2025-12-31"), 10, "before the first the defaults");
        assert_eq!(
            (on("2026-01-01"), on("2026-06-30"), on("2026-07-01")),
            (15, 15, 7)
        );
    }

    #[test]
    fn numbers_out_of_their_limits_are_refused() {
        let refused = |change: fn(&mut OfficeRules)| {
            let mut rules = OfficeRules::default();
            change(&mut rules);
            rules
                .check()
                .map_err(|fault| (fault.key, fault.field.unwrap()))
        };
        assert_eq!(refused(|_| ()), Ok(()));
        assert_eq!(refused(|r| r.extension_asked_working_days = 0), Ok(()));
        assert_eq!(
            refused(|r| r.recheck_days = 0),
            Err(("rule_days", "recheck_days"))
        );
        assert_eq!(
            refused(|r| r.overdue_steps = [7, 30, 4_000]),
            Err(("rule_days", "overdue_steps"))
        );
        assert_eq!(
            refused(|r| r.overdue_steps = [7, 7, 90]),
            Err(("ladder_order", "overdue_steps"))
        );
        assert_eq!(
            refused(|r| r.escalation_days = [0, 8, 31, 91]),
            Err(("ladder_order", "escalation_days"))
        );
        assert_eq!(
            refused(|r| r.approvers.clear()),
            Err(("approvers_missing", "approvers"))
        );
        assert_eq!(
            check_rules(&[from("2026-01-01", 7), from("2026-01-01", 8)])
                .unwrap_err()
                .key,
            "rules_twice"
        );
        assert!(check_rules(&[from("2026-01-01", 7), from("2026-02-01", 8)]).is_ok());
    }

    #[test]
    fn stored_rules_keep_what_they_do_not_know() {
        let stored = serde_json::json!({ "from": "2026-01-01", "recheck_days": 7, "newer": [1] });
        let rules: OfficeRules = serde_json::from_value(stored).unwrap();
        assert_eq!(
            (rules.recheck_days, rules.extension_asked_working_days),
            (7, 20)
        );
        assert_eq!(
            serde_json::to_value(&rules).unwrap()["newer"],
            serde_json::json!([1])
        );
    }
}
