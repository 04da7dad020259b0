//! What the sheets and their columns are.

/// The name of each sheet.
pub(super) const GUIDE: &str = "说明";
pub(super) const HEADER: &str = "检查表";
pub(super) const ITEMS: &str = "检查项";
pub(super) const MEASURES: &str = "计量";
pub(super) const FACILITIES: &str = "设施";
pub(super) const SOURCES: &str = "依据文件";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One text.
    Text,
    /// Several texts: one a line, or parted by `；`.
    Many,
    /// A word of a list: as people write it, and as the file spells it.
    Word(&'static [(&'static str, &'static str)]),
    /// A tree of sub-conditions, see `tree`.
    Tree,
}

/// A column of a sheet, or a line of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// The field of the file format; a text in another language has its language behind a point.
    pub(super) field: &'static str,
    /// What the header says.
    pub(super) header: &'static str,
    /// Whether a row without it is refused.
    pub(super) required: bool,
    /// What it holds.
    pub(super) kind: Kind,
    /// How wide it is, in characters.
    pub(super) width: u16,
    /// What to write there, for the guide.
    pub(super) hint: &'static str,
}

const fn column(
    field: &'static str,
    header: &'static str,
    kind: Kind,
    width: u16,
    hint: &'static str,
) -> Column {
    Column {
        field,
        header,
        required: false,
        kind,
        width,
        hint,
    }
}

const fn required(column: Column) -> Column {
    Column {
        required: true,
        ..column
    }
}

use Kind::{Many, Text, Tree, Word};

const YES_NO: Kind = Word(&[("是", "true"), ("否", "false")]);

pub(super) const HEADER_LINES: &[Column] = &[
    required(column(
        "id",
        "编号",
        Text,
        0,
        "小写字母、数字和 _ - .，例如 teahouse。各版次相同",
    )),
    required(column(
        "version",
        "版本",
        Text,
        0,
        "例如 2027-01-10。内容改了就要换一个新版本",
    )),
    required(column(
        "sector",
        "行业",
        Text,
        0,
        "例如 fire、city_gas、hazchem",
    )),
    required(column("title", "名称", Text, 0, "检查表的名称")),
    column("title.en", "名称（英文）", Text, 0, ""),
    column("title.bo", "名称（藏文）", Text, 0, ""),
    column(
        "in_force.from",
        "生效日期",
        Text,
        0,
        "年-月-日；不填就是一直有效",
    ),
    column(
        "in_force.until",
        "失效日期",
        Text,
        0,
        "最后一天；不填就是没有期限",
    ),
    column(
        "default_penalty",
        "处罚提示",
        Text,
        0,
        "各项没有单独写处罚提示时用这个",
    ),
];

pub(super) const ITEM_COLUMNS: &[Column] = &[
    required(column(
        "code",
        "编号",
        Text,
        12,
        "字母、数字和 - . _，最多 40 个字。各版次不变，不能重复",
    )),
    required(column(
        "group",
        "分组",
        Text,
        18,
        "几级用 / 分开，例如 厨房/用火",
    )),
    required(column(
        "level",
        "级别",
        Word(&[("重大", "major"), ("一般", "general"), ("要素", "element")]),
        8,
        "不符合时是哪一级隐患；要素是综合判定的要素",
    )),
    required(column(
        "question",
        "问题",
        Text,
        44,
        "能用“是”或“否”回答的一句话",
    )),
    column("question.en", "问题（英文）", Text, 24, ""),
    column("question.bo", "问题（藏文）", Text, 24, ""),
    required(column(
        "fail_on",
        "不符合是",
        Word(&[("否", "no"), ("是", "yes")]),
        10,
        "回答“否”还是回答“是”算隐患",
    )),
    required(column("hazard", "隐患描述", Text, 32, "不符合时隐患怎么写")),
    required(column(
        "source",
        "依据",
        Text,
        24,
        "条款，例如 消防法 第十六条",
    )),
    column(
        "source_ids",
        "依据文件",
        Many,
        16,
        "《依据文件》表里的简称，几个就分行写",
    ),
    column(
        "official_item",
        "官方条目号",
        Text,
        12,
        "在官方清单里的编号",
    ),
    required(column(
        "citable",
        "可引用",
        YES_NO,
        8,
        "条款核对过原文，能写进文书",
    )),
    required(column(
        "confidence",
        "可信度",
        Word(&[
            ("原文已核", "verified"),
            ("转载已核", "verified_secondary"),
            ("部分核对", "partial"),
            ("仅知主题", "topic_only"),
            ("专业知识", "background"),
        ]),
        12,
        "条款核对到什么程度；前两种才能“可引用”",
    )),
    required(column(
        "evidence",
        "取证要点",
        Many,
        32,
        "要看、要拍什么，几条就分行写",
    )),
    required(column(
        "hazard_key",
        "隐患编号",
        Text,
        18,
        "几项共用一个编号，合起来只算一个隐患；不是同一个隐患就不要共用",
    )),
    column(
        "applies.facilities",
        "设施",
        Many,
        14,
        "《设施》表里的编号；不填就是都适用",
    ),
    column("applies.text", "适用说明", Text, 20, ""),
    column(
        "applies.condition",
        "适用条件",
        Text,
        20,
        "要检查人员自己确认的条件",
    ),
    column(
        "conditions",
        "子条件",
        Tree,
        28,
        "第一行写“全部：”或“任一：”，下面各行前面空两格",
    ),
    column(
        "measures_fail",
        "几项计量不合格算不符合",
        Word(&[("任一", "any"), ("全部", "all")]),
        14,
        "《计量》表里有两行以上时要填",
    ),
    column("penalty", "处罚提示", Text, 24, ""),
    column("in_force.from", "生效日期", Text, 12, "和整张表不同时才填"),
    column("in_force.until", "失效日期", Text, 12, "最后一天"),
    column("enabled", "启用", YES_NO, 8, "不填就是启用"),
    column(
        "tier",
        "层次",
        Word(&[("核心", "core"), ("补充", "extra")]),
        8,
        "",
    ),
    column("rule_set", "计数规则", Text, 12, ""),
    column(
        "use",
        "用途",
        Word(&[("仅预判", "prejudge_only"), ("仅提示", "hint_only")]),
        10,
        "填了就不会写进文书",
    ),
    column("list", "旧清单", Text, 12, ""),
    column("maps_to", "对应新条款", Many, 14, ""),
    column("judgement", "需会商", YES_NO, 8, "要两人或专家判断"),
    column("note", "备注", Text, 24, ""),
];

pub(super) const MEASURE_COLUMNS: &[Column] = &[
    required(column(
        "code",
        "检查项编号",
        Text,
        12,
        "《检查项》表里的编号",
    )),
    required(column(
        "quantity",
        "量什么",
        Text,
        24,
        "例如 灶台与可燃物的距离",
    )),
    required(column("unit", "单位", Text, 8, "例如 m")),
    required(column(
        "role",
        "满足时",
        Word(&[("不符合", "fails_when"), ("才适用", "applies_when")]),
        10,
        "读数满足右边的比较时，这一项是不符合，还是才适用",
    )),
    required(column(
        "op",
        "比较",
        Word(&[
            ("小于", "<"),
            ("不大于", "<="),
            ("大于", ">"),
            ("不小于", ">="),
            ("等于", "=="),
            ("不等于", "!="),
            ("在范围内", "between"),
            ("超出范围", "outside"),
        ]),
        10,
        "读数和限值怎么比",
    )),
    column(
        "value",
        "限值",
        Text,
        10,
        "数字，不带单位和百分号；范围的下限也写在这里",
    ),
    column("upper", "上限", Text, 10, "“在范围内”“超出范围”才填"),
    column(
        "limit",
        "限值说明",
        Text,
        18,
        "限值不是固定的数时，说明是什么，例如 设计值",
    ),
    column(
        "limit_from",
        "限值来源",
        Word(&[("设计", "design"), ("标准", "standard"), ("现场", "site")]),
        10,
        "和限值说明一起填",
    ),
    column(
        "scale",
        "等级",
        Many,
        14,
        "读数是等级时，从最差到最好分行写",
    ),
    column(
        "value_from",
        "读数取法",
        Word(&[("与设计值之比", "design_ratio")]),
        14,
        "",
    ),
    column("also", "另有限制", Text, 20, ""),
    column("note", "备注", Text, 20, ""),
];

pub(super) const FACILITY_COLUMNS: &[Column] = &[
    required(column(
        "key",
        "编号",
        Text,
        16,
        "小写字母、数字和 _ - .，例如 kitchen",
    )),
    required(column("name", "名称", Text, 24, "例如 厨房")),
    column("name.en", "名称（英文）", Text, 24, ""),
    column("name.bo", "名称（藏文）", Text, 24, ""),
];

pub(super) const SOURCE_COLUMNS: &[Column] = &[
    required(column("id", "简称", Text, 18, "在《检查项》里怎么称呼它")),
    required(column("title", "名称", Text, 40, "法规、标准的全名")),
    column("number", "文号", Text, 20, ""),
    column("issuer", "发布机关", Text, 20, ""),
    column("issued", "发布日期", Text, 14, ""),
    column("effective", "施行日期", Text, 14, ""),
    column("effective_note", "施行说明", Text, 20, ""),
    column("status", "状态", Text, 20, "是否还有效"),
    column("scope", "适用范围", Text, 20, ""),
    column("url", "网址", Text, 24, ""),
    column("pdf", "PDF", Text, 24, ""),
    column("verification", "核对情况", Text, 24, "读了多少、在哪里读的"),
];

/// A sheet of rows: its name, its columns, and whether a workbook without it is refused.
pub(super) const TABLES: &[(&str, &[Column], bool)] = &[
    (ITEMS, ITEM_COLUMNS, true),
    (MEASURES, MEASURE_COLUMNS, false),
    (FACILITIES, FACILITY_COLUMNS, false),
    (SOURCES, SOURCE_COLUMNS, false),
];

impl Column {
    /// Whether a header means this column. People add a star, or type half-width brackets.
    pub(super) fn is_called(&self, header: &str) -> bool {
        let plain = |text: &str| -> String {
            text.chars()
                .filter(|char| !char.is_whitespace() && *char != '*')
                .map(|char| match char {
                    '(' => '（',
                    ')' => '）',
                    other => other.to_ascii_lowercase(),
                })
                .collect()
        };
        plain(header) == plain(self.header)
    }
}

/// The columns of a sheet.
pub(super) fn columns_of(sheet: &str) -> &'static [Column] {
    let table = TABLES.iter().find(|(name, ..)| *name == sheet);
    table.map_or(HEADER_LINES, |(_, columns, _)| columns)
}

/// The header under which a field stands in a sheet.
pub(super) fn header_of(sheet: &str, field: &str) -> Option<&'static str> {
    let columns = columns_of(sheet).iter();
    columns
        .clone()
        .find(|column| column.field == field)
        .map(|column| column.header)
}
