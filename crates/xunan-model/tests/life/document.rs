//! `docs/LIFE.md` is the table. `UPDATE_DOCS=1 cargo test -p xunan-model --test life document` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use xunan_model::finding::Step;
use xunan_model::life::table::{Rule, TABLE, Who};
use xunan_model::life::{Conclusion, Guard, State};

const HEAD: &str = "# The life of a finding

Generated from `crates/xunan-model/src/life/table.rs`; a test fails when it is stale, and
`UPDATE_DOCS=1 cargo test -p xunan-model --test life document` writes it anew.

A finding's state is never stored: it follows from its steps (环节), folded in the order of time and id. The same steps
give the same life on every laptop and on the server, in whatever order they came.
";

const TAIL: &str = "
## What runs beside the state

挂牌, 停产停用, 移送 and the ladder 函告 → 通报 → 约谈 → 曝光 do not move the state: a listed hazard is rectified like
any other. 虚假整改 is told for ever, also when the step that told it is set aside.

## Contradictions

A step that is not lawful where it lands is kept and shown, and the safer state stands: not ended, the earlier
deadline, suspended, listed. It waits for a 裁定 that says which steps stand and which are set aside; no other step
settles it. A step that calms counts only against what its author had seen (`seen`). Why: [ADR 29](adr/0029-contradictions-in-a-life.md).
";

fn state(state: State) -> &'static str {
    match state {
        State::Found => "发现",
        State::Notified => "已告知",
        State::Reopened => "重新立项",
        State::Rectifying => "整改中",
        State::Unsatisfied => "复查未通过",
        State::RecheckRequested => "申请复查",
        State::Passed => "复查合格",
        State::Closed => "已销号",
        State::Withdrawn => "已撤回",
    }
}

fn step(rule: &Rule) -> String {
    let name = match rule.step {
        Step::Found => "发现",
        Step::Notified => "告知",
        Step::Rectifying => "整改（方案）",
        Step::RecheckRequested => "申请复查",
        Step::Rechecked => "复查",
        Step::Extended => "延期",
        Step::Suspended => "停产停用",
        Step::Resumed => "恢复",
        Step::Listed => "挂牌督办",
        Step::Delisted => "摘牌",
        Step::Escalated => "函告、通报、约谈、曝光",
        Step::Transferred => "移送",
        Step::Withdrawn => "撤回（误判）",
        Step::Closed => "销号",
        Step::Reopened => "重新立项",
        Step::Lookback => "回头看",
        Step::Decided => "裁定",
        Step::Unknown(_) => "",
    };
    let way = match rule.conclusion {
        Some(Conclusion::Good) => "：已整改",
        Some(Conclusion::Bad) => "：部分、未整改",
        None => "",
    };
    format!("{name}{way} `{}`", rule.step)
}

/// What a guard asks, and the keys under which it refuses.
fn guard(guard: Guard) -> (&'static str, &'static str) {
    match guard {
        Guard::Reason => ("理由", "`reason_required`"),
        Guard::PlanComplete => ("重大：五落实齐全", "`plan_incomplete`"),
        Guard::PlanInTime => ("整改时限不晚于期限", "`plan_after_deadline`"),
        Guard::Planned => ("重大：已有五落实", "`plan_missing`"),
        Guard::VerdictGiven => ("结论、复查主体", "`verdict_missing`, `recheck_by_missing`"),
        Guard::Inspectors => (
            "执法部门复查：两名持证人员",
            "`two_inspectors_needed`, `certificate_missing`, `inspector_missing`",
        ),
        Guard::AuthorityForMajor => ("重大：由执法部门复查合格", "`authority_recheck_needed`"),
        Guard::SeenAll => ("作出人已知全部不利环节", "`unseen_steps`, `seen_missing`"),
        Guard::HasDeadline => ("有整改期限", "`deadline_missing`"),
        Guard::AskedInTime => (
            "届满前若干工作日申请（录入时）",
            "`extension_too_late`, `asked_missing`",
        ),
        Guard::DeadlineAsSeen => ("原期限与现期限一致", "`deadline_changed`"),
        Guard::DeadlineLater => ("新期限更晚", "`deadline_not_later`"),
        Guard::DeadlineNew => ("新期限", "`deadline_missing`"),
        Guard::ApproverNamed => (
            "审批人（录入时：有权）",
            "`approver_missing`, `approver_not_entitled`",
        ),
        Guard::MeasureNamed => ("措施", "`measure_missing`"),
        Guard::IsSuspended => ("已停产停用", "`not_suspended`"),
        Guard::IsResumed => ("未停产停用", "`resume_first`"),
        Guard::ResumedOrShut => ("已恢复，或永久停用", "`resume_first`"),
        Guard::MajorOnly => ("重大", "`list_major_only`"),
        Guard::NoticeComplete => ("级别、文号", "`notice_incomplete`"),
        Guard::IsListed => ("已挂牌", "`not_listed`"),
        Guard::IsDelisted => ("未挂牌或已摘牌", "`delist_first`"),
        Guard::RungKnown => ("四级之一", "`rung_missing`"),
        Guard::RungInOrder => ("不越级（录入时）", "`rung_skipped`"),
        Guard::DestinationNamed => ("移送对象", "`destination_missing`"),
        Guard::TwoPeople => ("两人", "`two_people_needed`"),
        Guard::OnTheSpot => (
            "一般，且从未复查不合格",
            "`major_close_review`, `recheck_needed`",
        ),
        Guard::ReviewedByTwo => ("重大：验收人两名", "`major_close_review`"),
        Guard::ApprovedByThird => (
            "重大：审核人为第三人（录入时：有权）",
            "`approver_is_reviewer`, `approver_not_entitled`",
        ),
        Guard::AfterPhotos => ("重大：整改后照片", "`after_photos_missing`"),
        Guard::NoContradiction => ("无待裁定的矛盾", "`contradiction_open`"),
        Guard::Undisputed => ("无待裁定的冲突（录入时）", "`finding_disputed`"),
        Guard::DecidesSomething => (
            "写明哪些成立、哪些不采",
            "`decision_empty`, `decision_twice`, `decision_not_about`",
        ),
    }
}

fn who(who: Who) -> &'static str {
    match who {
        Who::Anybody => "",
        Who::Inspectors => "执法、督导人员",
        Who::Approvers => "有权审批者",
    }
}

fn states(of: &[State]) -> String {
    match of {
        [] => "—".to_owned(),
        all if all == State::ALL => "任何".to_owned(),
        all if all == State::OPEN => "未了结".to_owned(),
        some => some
            .iter()
            .map(|one| state(*one))
            .collect::<Vec<_>>()
            .join("、"),
    }
}

fn document() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n## States\n\nFrom the least calm to the calmest; of two that are contested the upper one stands. 未了结 is all but the last two.\n\n| code | 中文 | shown in lists as |\n|---|---|---|\n");
    for one in State::ALL {
        let code = serde_json::to_value(one).unwrap();
        writeln!(
            text,
            "| `{}` | {} | `{}` |",
            code.as_str().unwrap(),
            state(one),
            one.step()
        )
        .unwrap();
    }
    text.push_str("\n## Steps\n\n同义 are states in which a step arrives late or twice and says what is so already. 发现 comes with the finding and is no button.\n\n| step | from | to | needs | who | 同义 |\n|---|---|---|---|---|---|\n");
    let mut keys: BTreeMap<Guard, &str> = BTreeMap::new();
    for rule in &TABLE {
        keys.extend(rule.guards.iter().map(|one| (*one, guard(*one).1)));
        let needs: Vec<&str> = rule.guards.iter().map(|one| guard(*one).0).collect();
        let to = rule.to.map_or("不变", state);
        let agrees = if rule.agrees.is_empty() {
            String::new()
        } else {
            states(rule.agrees)
        };
        let (step, from, needs) = (step(rule), states(rule.from), needs.join("；"));
        writeln!(
            text,
            "| {step} | {from} | {to} | {needs} | {} | {agrees} |",
            who(rule.who)
        )
        .unwrap();
    }
    text.push_str("\n## What is asked, and the key of the refusal\n\nA state that does not admit the step is `step_not_allowed`, a person who may not take it `role_missing`.\n\n| needs | keys |\n|---|---|\n");
    for (one, keys) in keys {
        writeln!(text, "| {} | {keys} |", guard(one).0).unwrap();
    }
    text.push_str(TAIL);
    text
}

#[test]
fn the_document_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/LIFE.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, document()).unwrap();
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        kept == document(),
        "docs/LIFE.md is stale: UPDATE_DOCS=1 cargo test -p xunan-model --test life document"
    );
}
