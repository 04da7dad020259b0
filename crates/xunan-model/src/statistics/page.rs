//! All figures of the statistics page at once: laptop and server give the same.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::fact::Hazard;
use super::figures::{
    ChannelShare, ListedFigures, Standing, YearFigures, channels, cleared_stock, dynamic_clearance,
    escalated, false_rectifications, listed, lookbacks_failed, mean_days, notified, on_time,
    rechecked_in_time, standing, year,
};
use super::filter::{Filter, Span};
use super::number::{Mean, Number, Rate};
use super::table::{RegionTable, region_table};
use crate::office_rules::OfficeRules;

/// The years that are shown beside each other, the asked one last.
const YEARS_SHOWN: i32 = 3;

/// What a page is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, rename = "StatisticsRequest")]
pub struct PageRequest {
    /// Which hazards at all: usually the major ones.
    pub base: Filter,
    /// The period; a year as a rule.
    pub period: Span,
    /// 存量 is what was found until this day (2023-12-31).
    #[ts(type = "string")]
    pub stock_until: NaiveDate,
    /// The division whose parts the table shows; empty: all.
    pub under: String,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export, rename = "StatisticsPage")]
pub struct Page {
    /// All.
    pub all: Number,
    /// What stands, and how late.
    pub standing: Standing,
    /// 存量清零率.
    pub stock: Rate,
    /// 增量 by year: the one in which the period ends, and those before.
    pub years: Vec<YearFigures>,
    /// 动态清零率 of the period.
    pub clearance: Rate,
    /// 整改率: all that ever fell due.
    pub rectified: Rate,
    /// 平均整改天数.
    pub mean_days: Mean,
    /// 按期整改率.
    pub on_time: Rate,
    /// 复查及时率.
    pub rechecked: Rate,
    /// 三渠道占比.
    pub channels: Vec<ChannelShare>,
    /// 挂牌督办.
    pub listed: ListedFigures,
    /// 函告、通报、约谈、曝光.
    pub escalated: Vec<Number>,
    /// 回头看不合格率.
    pub lookbacks: Rate,
    /// 虚假整改.
    pub false_rectifications: Number,
    /// 通知主要负责人率.
    pub notified: Rate,
    /// 区域×行业.
    pub table: RegionTable,
}

/// The figures of a day.
#[must_use]
pub fn page(
    hazards: &[Hazard],
    request: &PageRequest,
    rules: &OfficeRules,
    today: NaiveDate,
) -> Page {
    let (base, period) = (&request.base, request.period);
    let last = period.until.unwrap_or(today).year();
    Page {
        all: Number::of(hazards, base.clone()),
        standing: standing(hazards, base, today, rules.overdue_steps),
        stock: cleared_stock(hazards, base, request.stock_until),
        years: (last - YEARS_SHOWN + 1..=last)
            .map(|one| year(hazards, base, one))
            .collect(),
        clearance: dynamic_clearance(hazards, base, period, today),
        rectified: dynamic_clearance(hazards, base, Span::default(), today),
        mean_days: mean_days(hazards, base, period),
        on_time: on_time(hazards, base, period, today),
        rechecked: rechecked_in_time(hazards, base, period, today),
        channels: channels(hazards, base, period),
        listed: listed(hazards, base, period, today),
        escalated: escalated(hazards, base, period),
        lookbacks: lookbacks_failed(hazards, base, period),
        false_rectifications: false_rectifications(hazards, base, period),
        notified: notified(hazards, base, period),
        table: region_table(hazards, base, &request.under, today),
    }
}
