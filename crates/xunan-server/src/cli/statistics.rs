//! Printing the figures of hazards.

use anyhow::{Context as _, Result};
use chrono::{Datelike, NaiveDate};
use xunan_model::finding::Level;
use xunan_model::statistics::{Condition, Filter, Mean, PageRequest, Rate, Span};

use super::admin::Out;
use super::{Failure, Stats};
use crate::store::SqliteStore;
use crate::{office, platform, statistics};

/// What was found until this day is 存量 (三年行动方案, 主要目标).
const STOCK_UNTIL: (i32, u32, u32) = (2023, 12, 31);

pub(super) async fn run(store: &SqliteStore, asked: Stats, out: Out<'_>) -> Result<(), Failure> {
    let today = platform::today();
    let office = match &asked.office {
        Some(name) => {
            let found = office::office_one(store, name).await;
            Some(found.map_err(Failure::Refused)?.id)
        }
        None => None,
    };
    let print = async {
        let page = statistics::figures(store, &request(&asked, today)?, office, today).await?;
        if asked.json {
            serde_json::to_writer_pretty(&mut *out, &page)?;
            writeln!(out)?;
            return anyhow::Ok(());
        }
        let rates = [
            ("存量清零", &page.stock),
            ("动态清零", &page.clearance),
            ("整改", &page.rectified),
            ("按期整改", &page.on_time),
            ("复查及时", &page.rechecked),
            ("通知主要负责人", &page.notified),
            ("挂牌按期整改", &page.listed.on_time),
            ("回头看不合格", &page.lookbacks),
        ];
        let numbers = [
            ("隐患", &page.all),
            ("未销号", &page.standing.open),
            ("在期", &page.standing.in_term),
            ("逾期", &page.standing.overdue),
            ("挂牌", &page.listed.now),
            ("虚假整改", &page.false_rectifications),
        ];
        for (name, number) in numbers {
            writeln!(out, "{name}\t{}", number.count)?;
        }
        for (name, rate) in rates {
            writeln!(out, "{name}\t{}", share(rate))?;
        }
        writeln!(out, "平均整改天数\t{}", days(&page.mean_days))?;
        for year in &page.years {
            let (found, closed) = (year.found.count, year.closed.count);
            writeln!(out, "{}年\t新增 {found}\t销号 {closed}", year.year)?;
        }
        Ok(())
    };
    print.await.map_err(Failure::Broken)
}

fn request(asked: &Stats, today: NaiveDate) -> Result<PageRequest> {
    let (year, month, day) = STOCK_UNTIL;
    let level = Condition::Level {
        level: Level::Major,
    };
    Ok(PageRequest {
        base: Filter(if asked.all_levels {
            Vec::new()
        } else {
            vec![level]
        }),
        period: Span::year(asked.year.unwrap_or_else(|| today.year())),
        stock_until: NaiveDate::from_ymd_opt(year, month, day).context("a day")?,
        under: asked.under.clone(),
    })
}

/// Both counts and their share; a share of nothing is none.
fn share(rate: &Rate) -> String {
    let (part, whole) = (rate.part.count, rate.whole.count);
    match rate.share() {
        Some(share) => format!("{part}/{whole}\t{:.1} %", share * 100.0),
        None => format!("{part}/{whole}\t—"),
    }
}

fn days(mean: &Mean) -> String {
    mean.days_each()
        .map_or_else(|| "—".to_owned(), |days| format!("{days:.1}"))
}
