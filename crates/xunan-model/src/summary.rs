//! A summary of a visit that reads as a person would write it. Chinese: it is part of the record.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike, Utc};

use crate::checklist::Citation;
use crate::finding::{Finding, Level, Step, major_hazards};
use crate::inspection::{Answer, AnswerResult, Inspection, InspectionKind};

/// Hazards that are told one by one; of the others only the number.
const TOLD_MAX: usize = 12;

/// What a summary is made of.
#[derive(Debug, Clone)]
pub struct Told<'a> {
    /// The visit.
    pub inspection: &'a Inspection,
    /// When it ended, or now.
    pub until: DateTime<Utc>,
    /// The site's name.
    pub site: &'a str,
    /// Where it is.
    pub address: &'a str,
    /// The inspectors' names, in order.
    pub people: &'a [String],
    /// The titles of the checklists.
    pub checklists: &'a [String],
    /// How many questions the visit asks.
    pub asked: usize,
    /// Items outside the chosen groups.
    pub not_checked: usize,
    /// The answers that stand.
    pub answers: &'a [Answer],
    /// The findings.
    pub findings: &'a [Found<'a>],
    /// How many photos.
    pub photos: usize,
}

/// A finding as a summary tells it.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Where it stands.
    pub state: Step,
    /// What may be cited; else 待核.
    pub citation: Option<Citation>,
    /// The question of its item: a hazard such as 未建立 says nothing without it.
    pub question: Option<&'a str>,
}

/// A hazard of no more characters does not say what it is about.
const TERSE_CHARS: usize = 4;

/// The summary.
#[must_use]
pub fn summary(told: &Told<'_>) -> String {
    let mut text = opening(told);
    text += &answers(told);
    text += &findings(told);
    if told.photos > 0 {
        let _ = write!(text, "拍照{}张。", told.photos);
    }
    text
}

fn opening(told: &Told<'_>) -> String {
    let (begun, until) = (china(told.inspection.begun), china(told.until));
    let span = if begun.date_naive() == until.date_naive() {
        format!("{}至{}", moment(begun), clock(until))
    } else {
        format!("{}至{}", moment(begun), moment(until))
    };
    let people = if told.people.is_empty() {
        "检查人员".to_owned()
    } else {
        told.people.join("、")
    };
    let address = match told.address.trim() {
        "" => String::new(),
        address => format!("（{address}）"),
    };
    let kind = kind(&told.inspection.kind);
    format!("{span}，{people}对{}{address}进行{kind}。", told.site)
}

fn answers(told: &Told<'_>) -> String {
    let of = |result: &AnswerResult| {
        let same = told
            .answers
            .iter()
            .filter(|answer| answer.result == *result);
        same.count()
    };
    let parts = [
        (of(&AnswerResult::Compliant), "符合"),
        (of(&AnswerResult::NonCompliant), "不符合"),
        (of(&AnswerResult::NotApplicable), "不适用"),
        (of(&AnswerResult::Undetermined), "无法判定"),
    ];
    let checked: usize = parts.iter().map(|(count, _)| count).sum();
    let lists: Vec<String> = told
        .checklists
        .iter()
        .map(|title| format!("“{title}”"))
        .collect();
    let lists = lists.join("、");
    let mut text = if checked == 0 {
        format!("按{lists}检查表选定{}项，没有作出检查结果。", told.asked)
    } else {
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{word}{count}项"))
            .collect();
        format!("按{lists}检查表查了{checked}项：{}。", parts.join("，"))
    };
    // What was chosen and not answered was not looked at either; it must not read as sound.
    let open = told.asked.saturating_sub(checked);
    let unchecked = if checked == 0 {
        told.not_checked
    } else {
        told.not_checked + open
    };
    if unchecked > 0 {
        let _ = write!(text, "其余{unchecked}项这次没有查。");
    }
    text
}

fn findings(told: &Told<'_>) -> String {
    let all = told.findings;
    if all.is_empty() {
        let checked = told
            .answers
            .iter()
            .any(|answer| answer.result == AnswerResult::Compliant);
        return if checked {
            "查过的项目没有发现隐患。"
        } else {
            "没有记录隐患。"
        }
        .to_owned();
    }
    let major = major_hazards(all.iter().map(|one| one.finding));
    let grave: Vec<_> = all
        .iter()
        .filter(|one| one.finding.level == Level::Major)
        .collect();
    let plain: Vec<_> = all
        .iter()
        .filter(|one| one.finding.level != Level::Major)
        .collect();
    let mut text = format!("发现隐患{}处", major + plain.len());
    text += &match (major, plain.len()) {
        (0, _) => format!("，均为一般隐患：{}。", listed(&plain)),
        (_, 0) => format!("，均为重大事故隐患：{}。", listed(&grave)),
        (_, plain_count) => format!(
            "，其中重大事故隐患{major}处：{}。一般隐患{plain_count}处：{}。",
            listed(&grave),
            listed(&plain)
        ),
    };
    text += &deadlines(told);
    text
}

fn listed(findings: &[&Found<'_>]) -> String {
    let one = |found: &Found<'_>| {
        let finding = found.finding;
        let part = match finding.part.trim() {
            "" => String::new(),
            part => format!("{part}："),
        };
        let hazard = finding.hazard.trim().trim_end_matches(['。', '；']);
        // Only what may be cited is named as a clause.
        let question = found
            .question
            .filter(|_| hazard.chars().count() <= TERSE_CHARS);
        let about = question.map_or_else(String::new, |question| {
            format!("{}——", question.trim_end_matches(['？', '?']))
        });
        let basis = match &found.citation {
            Some(citation) => format!("（依据{citation}）"),
            None if finding.basis.trim().is_empty() => String::new(),
            None => "（依据待核）".to_owned(),
        };
        format!("{part}{about}{hazard}{basis}")
    };
    let told: Vec<String> = findings
        .iter()
        .take(TOLD_MAX)
        .map(|finding| one(finding))
        .collect();
    if let [only] = &told[..] {
        return only.clone();
    }
    let numbered: Vec<String> = told
        .iter()
        .enumerate()
        .map(|(at, text)| format!("（{}）{text}", at + 1))
        .collect();
    let more = if findings.len() > TOLD_MAX {
        "；等"
    } else {
        ""
    };
    format!("{}{more}", numbered.join("；"))
}

fn deadlines(told: &Told<'_>) -> String {
    let closed = told
        .findings
        .iter()
        .filter(|one| one.state == Step::Closed)
        .count();
    let standing: Vec<&Finding> = told
        .findings
        .iter()
        .filter(|one| one.state != Step::Closed)
        .map(|one| one.finding)
        .collect();
    let mut text = match (closed, standing.len()) {
        (0, _) => String::new(),
        (1, 0) => return "已当场整改。".to_owned(),
        (_, 0) => return "均已当场整改。".to_owned(),
        (closed, _) => format!("{closed}处已当场整改，其余"),
    };
    let mut days: Vec<NaiveDate> = standing
        .iter()
        .filter_map(|finding| finding.deadline)
        .collect();
    days.sort_unstable();
    let without = standing.len() - days.len();
    match (days.first(), days.last()) {
        (None, _) | (_, None) => text += "还没有定整改期限。",
        (Some(first), Some(last)) => {
            if first == last {
                let _ = write!(text, "应于{}前整改", date(*first));
            } else {
                let _ = write!(
                    text,
                    "应分别于{}至{}之间的期限前整改",
                    date(*first),
                    date(*last)
                );
            }
            if without > 0 {
                let _ = write!(text, "，另有{without}处还没有定期限");
            }
            text += "。";
        }
    }
    text
}

/// China has one time zone and no daylight saving time.
fn china(instant: DateTime<Utc>) -> DateTime<FixedOffset> {
    const HOURS_8: i32 = 8 * 3_600;
    let zone = FixedOffset::east_opt(HOURS_8).unwrap_or_else(|| chrono::Offset::fix(&Utc));
    instant.with_timezone(&zone)
}

fn date(day: NaiveDate) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

fn clock(at: DateTime<FixedOffset>) -> String {
    format!("{}时{:02}分", at.hour(), at.minute())
}

fn moment(at: DateTime<FixedOffset>) -> String {
    format!("{}{}", date(at.date_naive()), clock(at))
}

fn kind(kind: &InspectionKind) -> &str {
    match kind {
        InspectionKind::Unannounced => "“四不两直”检查",
        InspectionKind::Open => "检查",
        InspectionKind::Covert => "暗访",
        InspectionKind::Cross => "交叉检查",
        InspectionKind::Random => "“双随机”检查",
        InspectionKind::Special => "专项检查",
        InspectionKind::Routine => "日常检查",
        InspectionKind::Recheck => "复查",
        InspectionKind::TipOff => "举报核查",
        InspectionKind::SelfCheck => "自查",
        InspectionKind::Unknown(_) => "检查",
    }
}
