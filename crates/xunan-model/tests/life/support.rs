//! A finding on a laptop, and steps as forms fill them in.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::Map;
use uuid::Uuid;
use xunan_model::fault::Fault;
use xunan_model::finding::{Finding, Level, Step, Transition};
use xunan_model::finish::Confirmation;
use xunan_model::id::{
    FindingId, InspectionId, MembershipId, OfficeId, PersonId, PhotoId, SiteId, TransitionId,
};
use xunan_model::life::*;
use xunan_model::office_rules::{Calendar, OfficeRules};
use xunan_model::party::Membership;

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Noon in China on a day.
pub(crate) fn noon(text: &str) -> DateTime<Utc> {
    day(text).and_hms_opt(4, 0, 0).unwrap().and_utc()
}

pub(crate) fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

/// Two inspectors, a supervisor and one of a station.
pub(crate) const A: u128 = 1;
pub(crate) const B: u128 = 2;
pub(crate) const BOSS: u128 = 3;
pub(crate) const STATION: u128 = 4;

/// Found on 2026-01-01 (a Thursday), to be put right by 2026-06-30 (a Tuesday).
pub(crate) fn finding(level: Level) -> Finding {
    Finding {
        id: FindingId(Uuid::nil()),
        inspection: InspectionId(Uuid::nil()),
        site: SiteId(Uuid::nil()),
        edition: None,
        item: None,
        facility: String::new(),
        hazard_key: None,
        level,
        hazard: "佛殿酥油灯旁堆放可燃物".to_owned(),
        part: String::new(),
        basis: String::new(),
        citable: false,
        channel: "inspection".to_owned(),
        deadline: Some(day("2026-06-30")),
        note: String::new(),
        found: noon("2026-01-01"),
        by: person(A),
        extra: Map::new(),
    }
}

pub(crate) fn posts() -> Vec<Membership> {
    [
        (A, "inspector"),
        (B, "inspector"),
        (BOSS, "supervisor"),
        (STATION, "station"),
    ]
    .into_iter()
    .map(|(who, role)| Membership {
        id: MembershipId(Uuid::from_u128(who)),
        person: person(who),
        office: OfficeId(Uuid::nil()),
        role: role.to_owned(),
        certificate: None,
        from: None,
        until: None,
        extra: Map::new(),
    })
    .collect()
}

/// A laptop with the steps that it knows of one finding.
#[derive(Debug, Clone)]
pub(crate) struct Laptop {
    pub(crate) finding: Finding,
    pub(crate) steps: Vec<Transition>,
    pub(crate) now: DateTime<Utc>,
    /// Names of its steps begin here.
    pub(crate) next: u128,
    pub(crate) disputed: bool,
}

impl Laptop {
    pub(crate) fn new(level: Level) -> Self {
        Self {
            finding: finding(level),
            steps: Vec::new(),
            now: noon("2026-01-01"),
            next: 1_000,
            disputed: false,
        }
    }

    /// A second laptop that knows the same.
    pub(crate) fn twin(&self, next: u128) -> Self {
        Self {
            next,
            ..self.clone()
        }
    }

    pub(crate) fn life(&self) -> Life {
        Life::of(&self.finding, &self.steps)
    }

    pub(crate) fn at(&mut self, day: &str) -> &mut Self {
        self.now = noon(day);
        self
    }

    /// The step as this laptop would write it.
    pub(crate) fn written(&self, details: &Details, by: u128, reason: &str) -> Transition {
        let life = self.life();
        let (step, details) = details.stored().unwrap();
        Transition {
            id: TransitionId(Uuid::from_u128(self.next)),
            finding: self.finding.id,
            step,
            at: step_time(&life, self.now),
            by: person(by),
            reason: reason.to_owned(),
            details,
            seen: Some(life.seen()),
            extra: Map::new(),
        }
    }

    pub(crate) fn check(&self, step: &Transition) -> Result<(), Fault> {
        let (rules, calendar, posts) = (OfficeRules::default(), Calendar::default(), posts());
        let context = Context {
            today: self.now.date_naive(),
            rules: &rules,
            calendar: &calendar,
            memberships: &posts,
            disputed: self.disputed,
        };
        check_step(&self.finding, &self.steps, step, &context)
    }

    /// What a server that knows the steps of this laptop says of a step that arrives.
    pub(crate) fn received(&self, step: &Transition) -> Result<(), Fault> {
        let (rules, calendar, posts) = (OfficeRules::default(), Calendar::default(), posts());
        let context = Context {
            today: step.at.date_naive(),
            rules: &rules,
            calendar: &calendar,
            memberships: &posts,
            disputed: false,
        };
        check_received(&self.finding, &self.steps, step, &context)
    }

    pub(crate) fn offers(&self, by: u128) -> Vec<Offer> {
        let (rules, calendar, posts) = (OfficeRules::default(), Calendar::default(), posts());
        let context = Context {
            today: self.now.date_naive(),
            rules: &rules,
            calendar: &calendar,
            memberships: &posts,
            disputed: self.disputed,
        };
        next_steps(&self.life(), person(by), &context)
    }

    /// Why a step may not be taken.
    pub(crate) fn refused(&self, details: &Details, by: u128, reason: &str) -> &'static str {
        self.check(&self.written(details, by, reason))
            .map_or_else(|fault| fault.key, |()| "")
    }

    /// Takes a step that must be lawful; later than the one before.
    pub(crate) fn take(&mut self, details: &Details, by: u128, reason: &str) -> TransitionId {
        let step = self.written(details, by, reason);
        if let Err(fault) = self.check(&step) {
            panic!("{:?} is refused: {fault:?}", step.step);
        }
        self.push(step)
    }

    /// Writes a step whatever it is.
    pub(crate) fn force(&mut self, details: &Details, by: u128, reason: &str) -> TransitionId {
        let step = self.written(details, by, reason);
        self.push(step)
    }

    pub(crate) fn push(&mut self, step: Transition) -> TransitionId {
        let id = step.id;
        self.steps.push(step);
        self.next += 1;
        self.now += TimeDelta::minutes(1);
        id
    }

    /// What another laptop knows arrives.
    pub(crate) fn pull(&mut self, other: &Self) -> &mut Self {
        let new = other
            .steps
            .iter()
            .filter(|step| !self.steps.contains(step))
            .cloned();
        self.steps.extend(new.collect::<Vec<_>>());
        self
    }
}

pub(crate) fn notice() -> Details {
    let principal = NotedPerson {
        name: "次仁".to_owned(),
        capacity: Some(Capacity::Principal),
        ..Default::default()
    };
    Details::Notified(Notice {
        people: vec![principal],
        way: Some(Way::Signed),
        ..Default::default()
    })
}

pub(crate) fn five() -> Plan {
    Plan {
        responsible: "次仁".to_owned(),
        measures: "移走可燃物，设防火隔离".to_owned(),
        funds: "0.8万元".to_owned(),
        due: Some(day("2026-06-20")),
        emergency: "夜间派人值守，备灭火器".to_owned(),
        ..Default::default()
    }
}

pub(crate) fn plan() -> Details {
    Details::Rectifying(five())
}

pub(crate) fn request() -> Details {
    Details::RecheckRequested(Request::default())
}

pub(crate) fn confirmed(who: u128) -> Confirmation {
    Confirmation {
        person: person(who),
        certificate: format!("藏{who:04}"),
        at: noon("2026-01-01"),
    }
}

pub(crate) fn look(verdict: Verdict) -> Recheck {
    Recheck {
        verdict: Some(verdict),
        authority: Some(RecheckBy::Authority),
        inspectors: vec![confirmed(A), confirmed(B)],
        photos: vec![PhotoId(Uuid::from_u128(70))],
        ..Default::default()
    }
}

pub(crate) fn recheck(verdict: Verdict) -> Details {
    Details::Rechecked(look(verdict))
}

pub(crate) fn lookback(verdict: Verdict) -> Details {
    Details::Lookback(look(verdict))
}

pub(crate) fn extension(from: &str, until: &str, asked: &str) -> Details {
    Details::Extended(Extension {
        from: Some(day(from)),
        until: Some(day(until)),
        asked: Some(day(asked)),
        approver: Some(person(BOSS)),
        ..Default::default()
    })
}

pub(crate) fn suspension() -> Details {
    Details::Suspended(Suspension {
        measure: "停止使用佛殿".to_owned(),
        ..Default::default()
    })
}

pub(crate) fn resumption() -> Details {
    Details::Resumed(Resumption {
        approver: Some(person(BOSS)),
        ..Default::default()
    })
}

pub(crate) fn listing() -> Details {
    Details::Listed(Listing {
        level: Some(ListingLevel::County),
        number: "林安督〔2026〕3号".to_owned(),
        ..Default::default()
    })
}

pub(crate) fn delisting() -> Details {
    Details::Delisted(Delisting {
        approver: Some(person(BOSS)),
        ..Default::default()
    })
}

pub(crate) fn escalation(rung: Rung) -> Details {
    Details::Escalated(Escalation {
        rung: Some(rung),
        ..Default::default()
    })
}

pub(crate) fn transfer() -> Details {
    Details::Transferred(Transfer {
        to: Some(Destination::Penalty),
        ..Default::default()
    })
}

pub(crate) fn withdrawal() -> Details {
    Details::Withdrawn(Withdrawal {
        people: vec![person(A), person(B)],
        ..Default::default()
    })
}

/// All that a major hazard needs.
pub(crate) fn whole() -> Closure {
    Closure {
        after: vec![PhotoId(Uuid::from_u128(70))],
        reviewers: vec![person(A), person(B)],
        approver: Some(person(BOSS)),
        ..Default::default()
    }
}

pub(crate) fn closure() -> Details {
    Details::Closed(whole())
}

/// 当场整改.
pub(crate) fn on_the_spot() -> Details {
    Details::Closed(Closure::default())
}

pub(crate) fn reopening(deadline: &str) -> Details {
    Details::Reopened(Reopening {
        deadline: Some(day(deadline)),
        ..Default::default()
    })
}

pub(crate) fn ruling(stand: &[TransitionId], set_aside: &[TransitionId]) -> Details {
    Details::Decided(Ruling {
        stand: stand.to_vec(),
        set_aside: set_aside.to_vec(),
        ..Default::default()
    })
}

/// What the guards ask of a major hazard that is struck off, told from the written steps alone.
pub(crate) fn sound_closing(steps: &[Transition]) -> Result<(), &'static str> {
    let details: Vec<Details> = steps
        .iter()
        .map(|step| Details::of(step).unwrap().unwrap())
        .collect();
    let again = details.iter().rposition(|it| match it {
        Details::Reopened(_) => true,
        Details::Lookback(seen) => seen.verdict != Some(Verdict::Pass),
        _ => false,
    });
    let since = &details[again.map_or(0, |at| at + 1)..];
    let Some(Details::Closed(closure)) = since.last() else {
        return Err("no closing");
    };
    let five = |plan: &Plan| {
        let texts = [
            &plan.responsible,
            &plan.measures,
            &plan.funds,
            &plan.emergency,
        ];
        plan.due.is_some() && texts.iter().all(|text| !text.is_empty())
    };
    let planned = since
        .iter()
        .any(|it| matches!(it, Details::Rectifying(plan) if five(plan)));
    let last = since.iter().rev().find_map(|it| match it {
        Details::Rechecked(seen) => Some(seen),
        _ => None,
    });
    let last = last.ok_or("no recheck")?;
    let people: BTreeSet<PersonId> = last.inspectors.iter().map(|one| one.person).collect();
    let reviewers: BTreeSet<PersonId> = closure.reviewers.iter().copied().collect();
    let open = |begin: Step, end: Step| {
        let at = |of: &Step| steps.iter().rposition(|step| step.step == *of);
        at(&begin).is_some_and(|begun| at(&end).is_none_or(|ended| ended < begun))
    };
    let all = [
        (planned, "五落实"),
        (
            last.verdict == Some(Verdict::Pass) && last.authority == Some(RecheckBy::Authority),
            "复查合格",
        ),
        (people.len() >= 2, "两名执法人员"),
        (reviewers.len() >= 2, "两名验收人"),
        (
            closure
                .approver
                .is_some_and(|one| !reviewers.contains(&one)),
            "审核人",
        ),
        (!closure.after.is_empty(), "整改后照片"),
        (!open(Step::Listed, Step::Delisted), "摘牌"),
        (
            !open(Step::Suspended, Step::Resumed) || !closure.remains_shut.is_empty(),
            "恢复",
        ),
    ];
    all.iter()
        .find(|(holds, _)| !holds)
        .map_or(Ok(()), |(_, what)| Err(*what))
}
