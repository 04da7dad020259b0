//! The words by which lists call their columns and sectors.

use super::line::Column;
use crate::quick::sameness;

/// Names of a place itself.
const SITE: &[&str] = &[
    "名称",
    "检查对象",
    "检查对象名称",
    "场所名称",
    "场所",
    "店名",
    "商户名称",
    "商铺名称",
    "项目名称",
    "站点名称",
    "经营户名称",
    "寺庙名称",
    "民宿名称",
    "户主",
    "户主姓名",
    "name",
];
/// Names of whoever is there: the place's own name where a list has no other.
const UNIT: &[&str] = &[
    "单位名称",
    "企业名称",
    "单位",
    "企业",
    "公司名称",
    "市场主体名称",
    "经营主体名称",
    "纳税人名称",
];

const HEADS: &[(Column, &[&str])] = &[
    (
        Column::Address,
        &[
            "地址",
            "详细地址",
            "经营地址",
            "单位地址",
            "场所地址",
            "生产经营地址",
            "经营场所",
            "住所",
            "住址",
            "注册地址",
            "所在地",
            "位置",
            "address",
        ],
    ),
    (
        Column::CreditCode,
        &[
            "统一社会信用代码",
            "社会信用代码",
            "信用代码",
            "统一信用代码",
            "统一社会信用代码/注册号",
            "creditcode",
        ],
    ),
    (
        Column::Division,
        &[
            "行政区划",
            "行政区划代码",
            "区划",
            "区划代码",
            "所属区划",
            "所在区县",
            "县区",
            "区县",
            "县(区)",
            "division",
        ],
    ),
    (
        Column::Sector,
        &[
            "行业",
            "行业领域",
            "所属行业",
            "行业类别",
            "行业分类",
            "监管行业",
            "领域",
            "sector",
        ],
    ),
    (
        Column::Kind,
        &[
            "场所类型",
            "单位类型",
            "场所类别",
            "经营类型",
            "类型",
            "类别",
            "业态",
            "type",
        ],
    ),
    (
        Column::Representative,
        &[
            "法定代表人",
            "法人代表",
            "法人",
            "法定代表人(负责人)",
            "法定代表人姓名",
            "representative",
        ],
    ),
    (
        Column::Contact,
        &[
            "联系人",
            "联系人姓名",
            "负责人",
            "主要负责人",
            "安全负责人",
            "安全管理人员",
            "contact",
        ],
    ),
    (
        Column::Phone,
        &[
            "电话",
            "联系电话",
            "电话号码",
            "手机",
            "手机号",
            "手机号码",
            "联系方式",
            "联系人电话",
            "负责人电话",
            "phone",
        ],
    ),
    (
        Column::Operator,
        &[
            "经营者",
            "经营单位",
            "运营单位",
            "使用单位",
            "所属企业",
            "所属单位",
            "operator",
        ],
    ),
    (
        Column::Owner,
        &[
            "业主",
            "业主单位",
            "产权单位",
            "产权人",
            "建设单位",
            "owner",
        ],
    ),
];

/// What lists call the sectors.
const SECTORS: &[(&str, &[&str])] = &[
    ("city_gas", &["城镇燃气", "燃气"]),
    ("civil_explosives", &["民用爆炸物品", "民爆"]),
    (
        "construction",
        &[
            "房屋市政工程",
            "建筑施工",
            "房屋建筑",
            "建筑业",
            "建筑",
            "房建市政",
        ],
    ),
    ("culture_tourism", &["文化旅游", "文旅", "旅游"]),
    ("education", &["学校", "教育"]),
    ("eldercare", &["养老机构", "养老"]),
    ("electric_power", &["电力"]),
    ("fire", &["消防"]),
    ("fireworks", &["烟花爆竹"]),
    ("hazchem", &["危险化学品", "危化品", "危化"]),
    (
        "highway_water_rail",
        &["公路水利铁路", "公路水运", "水利", "铁路"],
    ),
    ("industry_trade", &["工贸"]),
    ("noncoal_mine", &["非煤矿山", "矿山"]),
    ("road_transport", &["道路运输", "交通运输"]),
    ("rural_housing", &["农村房屋", "自建房", "农房"]),
    ("special_equipment", &["特种设备"]),
];

/// What each cell of a heading means; a second column of the same meaning is not used.
#[must_use]
pub fn columns(heading: &[String]) -> Vec<Option<Column>> {
    let plain: Vec<String> = heading.iter().map(|cell| plain(cell)).collect();
    let named = plain.iter().any(|word| SITE.contains(&word.as_str()));
    let mut found: Vec<Option<Column>> = Vec::new();
    for word in &plain {
        let word = word.as_str();
        let column = if SITE.contains(&word) {
            Some(Column::Name)
        } else if UNIT.contains(&word) {
            Some(if named {
                Column::Operator
            } else {
                Column::Name
            })
        } else {
            HEADS
                .iter()
                .find(|(_, words)| words.contains(&word))
                .map(|(column, _)| *column)
        };
        found.push(column.filter(|column| !found.contains(&Some(*column))));
    }
    found
}

/// A heading without spaces, width, case and the marks that forms put behind it.
fn plain(cell: &str) -> String {
    sameness(cell, "")
        .trim_matches(['\n', '*', ':'])
        .trim_end_matches("(必填)")
        .to_owned()
}

/// Whether a cell says that there is nothing to say.
pub(super) fn says_none(cell: &str) -> bool {
    matches!(cell, "" | "无" | "没有" | "暂无" | "/" | "-" | "—" | "——")
}

/// The words of a cell that holds several.
pub(super) fn words(cell: &str) -> Vec<String> {
    cell.split(['、', '，', ',', '；', ';', '/', ' '])
        .filter(|word| !says_none(word))
        .map(str::to_owned)
        .collect()
}

/// The sector that a word means: its id, or what lists call it.
pub(super) fn sector(word: &str) -> Option<&'static str> {
    SECTORS
        .iter()
        .find(|(id, words)| *id == word || words.contains(&word))
        .map(|(id, _)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(heading: &[&str]) -> Vec<Option<Column>> {
        columns(
            &heading
                .iter()
                .map(|cell| (*cell).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn usual_headings_are_known_and_others_are_left_out() {
        use Column::{Address, CreditCode, Name, Operator, Phone};
        assert_eq!(
            of(&[
                "序号",
                "单位名称*",
                "统一社会信用代码：",
                "地 址",
                "联系电话",
                "手机"
            ]),
            [
                None,
                Some(Name),
                Some(CreditCode),
                Some(Address),
                Some(Phone),
                None
            ]
        );
        assert_eq!(of(&["场所名称", "企业名称"]), [Some(Name), Some(Operator)]);
        assert_eq!(of(&["总计"]), [None]);
    }
}
