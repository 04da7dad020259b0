//! A summary of a visit that reads as a person would write it. Chinese: it is part of the record.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike, Utc};

use crate::checklist::Citation;
use crate::finding::{Finding, Level, Step, same_major_hazard};
use crate::inspection::{Answer, AnswerResult, Inspection, InspectionKind};

/// Hazards that are told one by one, of the major ones and of the others each; of what is left only
/// the number.
const TOLD_MAX: usize = 6;
/// Groups that are named; of more than these 等.
const GROUPS_MAX: usize = 3;

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
    /// The headings under which something was answered, as paths, in order.
    pub groups: &'a [&'a str],
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
    // Only what differs is named again: the day of a visit that crossed midnight.
    let (first, last) = (begun.date_naive(), until.date_naive());
    let day = if first == last {
        String::new()
    } else if (first.year(), first.month()) == (last.year(), last.month()) {
        format!("{}日", last.day())
    } else {
        date_beside(last, first)
    };
    let span = format!("{}至{day}{}", moment(begun), clock(until));
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
        let groups = groups(told.groups);
        format!(
            "按{lists}检查表查了{groups}{checked}项：{}。",
            parts.join("，")
        )
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
    let hazards = hazards(all);
    let (grave, plain): (Vec<_>, Vec<_>) = hazards.iter().partition(|one| one.major);
    // 均 is said of several.
    let all = if hazards.len() == 1 { "" } else { "均" };
    let mut text = format!("发现隐患{}处", hazards.len());
    text += &match (grave.len(), plain.len()) {
        (0, _) => format!("，{all}为一般隐患：{}。", listed(&plain)),
        (_, 0) => format!("，{all}为重大事故隐患：{}。", listed(&grave)),
        (major, general) => format!(
            "，其中重大事故隐患{major}处：{}。一般隐患{general}处：{}。",
            listed(&grave),
            listed(&plain)
        ),
    };
    text += &deadlines(told, &hazards);
    text
}

/// What counts as one: a finding, or all findings of one major hazard. Everything the summary counts
/// is counted in these, or its numbers would contradict each other.
struct Hazard<'a> {
    major: bool,
    found: Vec<&'a Found<'a>>,
}

fn hazards<'a>(all: &'a [Found<'a>]) -> Vec<Hazard<'a>> {
    let mut hazards: Vec<Hazard<'a>> = Vec::new();
    for one in all {
        let same = |hazard: &&mut Hazard<'_>| {
            let mut found = hazard.found.iter();
            found.any(|known| same_major_hazard(known.finding, one.finding))
        };
        match hazards.iter_mut().find(same) {
            Some(hazard) => hazard.found.push(one),
            None => hazards.push(Hazard {
                major: one.finding.level == Level::Major,
                found: vec![one],
            }),
        }
    }
    hazards
}

fn listed(hazards: &[&Hazard<'_>]) -> String {
    if let [only] = hazards {
        return worded(only);
    }
    let mut lines: Vec<String> = hazards
        .iter()
        .take(TOLD_MAX)
        .enumerate()
        .map(|(at, hazard)| format!("（{}）{}", at + 1, worded(hazard)))
        .collect();
    let left = hazards.len().saturating_sub(TOLD_MAX);
    if left > 0 {
        lines.push(format!("其余{left}处见隐患清单"));
    }
    lines.join("；")
}

/// What is wrong and on which clauses it rests; each said once.
fn worded(hazard: &Hazard<'_>) -> String {
    let mut what: Vec<String> = Vec::new();
    let mut clauses: Vec<String> = Vec::new();
    for found in &hazard.found {
        let text = what_is_wrong(found);
        if !what.contains(&text) {
            what.push(text);
        }
        // Only what may be cited is named as a clause.
        let clause = match &found.citation {
            Some(citation) => format!("依据{citation}"),
            None if found.finding.basis.trim().is_empty() => continue,
            None => "依据待核".to_owned(),
        };
        if !clauses.contains(&clause) {
            clauses.push(clause);
        }
    }
    let clauses = if clauses.is_empty() {
        String::new()
    } else {
        format!("（{}）", clauses.join("；"))
    };
    format!("{}{clauses}", what.join("，"))
}

fn what_is_wrong(found: &Found<'_>) -> String {
    let hazard = one_line(&found.finding.hazard);
    let part = match one_line(&found.finding.part) {
        part if part.is_empty() || hazard.contains(&part) => String::new(),
        part => format!("{part}："),
    };
    let question = found
        .question
        .filter(|_| hazard.chars().count() <= TERSE_CHARS);
    let about = question.map_or_else(String::new, |question| {
        format!("{}——", question.trim_end_matches(['？', '?']))
    });
    format!("{part}{about}{hazard}")
}

/// What people typed, fit to stand within a sentence.
fn one_line(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    joined
        .trim_end_matches(['。', '；', '，', '.', ';', ','])
        .to_owned()
}

fn deadlines(told: &Told<'_>, hazards: &[Hazard<'_>]) -> String {
    let today = china(told.inspection.begun).date_naive();
    let mut days: BTreeMap<NaiveDate, usize> = BTreeMap::new();
    let (mut closed, mut without) = (0, 0);
    for hazard in hazards {
        let open: Vec<&Finding> = hazard
            .found
            .iter()
            .filter(|one| one.state != Step::Closed)
            .map(|one| one.finding)
            .collect();
        if open.is_empty() {
            closed += 1;
            continue;
        }
        // Of one hazard with several days the first counts: from then on it is overdue.
        match open.iter().filter_map(|finding| finding.deadline).min() {
            Some(day) => *days.entry(day).or_default() += 1,
            None => without += 1,
        }
    }
    let mut text = match (closed, hazards.len() - closed) {
        (0, _) => String::new(),
        (1, 0) => return "已当场整改。".to_owned(),
        (_, 0) => return "均已当场整改。".to_owned(),
        (closed, _) => format!("{closed}处已当场整改，其余"),
    };
    let until = |day: &NaiveDate| format!("{}前", date_beside(*day, today));
    let parts: Vec<String> = days
        .iter()
        .map(|(day, count)| format!("{}整改{count}处", until(day)))
        .collect();
    match (days.first_key_value(), parts.len()) {
        (None, _) => text += "还没有定整改期限。",
        (Some((day, _)), 1) if without == 0 => {
            let _ = write!(text, "应于{}整改。", until(day));
        }
        _ => {
            let _ = write!(text, "应于{}", parts.join("、"));
            if without > 0 {
                let _ = write!(text, "，另有{without}处还没有定期限");
            }
            text += "。";
        }
    }
    text
}

/// A heading is a path; its last level says what was looked at.
fn groups(paths: &[&str]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for path in paths {
        let name = path.rsplit('/').next().unwrap_or(path);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let shown: Vec<String> = names
        .iter()
        .take(GROUPS_MAX)
        .map(|name| format!("“{name}”"))
        .collect();
    let more = if names.len() > GROUPS_MAX { "等" } else { "" };
    match paths.len() {
        0 => String::new(),
        1 => format!("{}，共", shown.concat()),
        count => format!("{}{more}{count}组，共", shown.concat()),
    }
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

/// Without the year where it is that of `beside`.
fn date_beside(day: NaiveDate, beside: NaiveDate) -> String {
    if day.year() == beside.year() {
        return format!("{}月{}日", day.month(), day.day());
    }
    date(day)
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
