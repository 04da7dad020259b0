//! The codes in the details of steps. Stored and sent as text; one from a newer program is kept as it came.

use crate::open_enum::open_enum;

open_enum! {
    /// What a recheck (复查) or a later look (回头看) found. An unknown one is never a pass.
    Verdict {
        /// 已整改.
        Pass = "pass",
        /// 部分整改.
        Partial = "partial",
        /// 未整改.
        Fail = "fail",
    }
}

open_enum! {
    /// Who rechecks.
    RecheckBy {
        /// 执法部门: two officers with certificates (行政处罚法§42).
        Authority = "authority",
        /// 乡镇、村居: they check and report, and enforce nothing.
        Grassroots = "grassroots",
        /// 企业自查.
        Enterprise = "enterprise",
    }
}

open_enum! {
    /// What somebody who was told is to the organization (三年行动方案§15).
    Capacity {
        /// 主要负责人.
        Principal = "principal",
        /// 实际控制人.
        Controller = "controller",
        /// 其他人员: telling them does not count as telling the responsible ones.
        Other = "other",
    }
}

open_enum! {
    /// How somebody was told (送达方式).
    Way {
        /// 当面签收.
        Signed = "signed",
        /// 留置送达: refused to sign.
        Left = "left",
        /// 电话（有录音说明）.
        Phone = "phone",
        /// 邮寄.
        Post = "post",
        /// 短信、微信等.
        Message = "message",
    }
}

open_enum! {
    /// Who supervises a listed hazard (督办级别). Source: 安全生产法§41 third paragraph.
    ListingLevel {
        /// 县级.
        County = "county",
        /// 地市级.
        Prefecture = "prefecture",
        /// 自治区级.
        Region = "region",
    }
}

open_enum! {
    /// The ladder for what goes on too slowly (三年行动方案§14).
    Rung {
        /// 函告.
        Letter = "letter",
        /// 通报.
        Bulletin = "bulletin",
        /// 约谈.
        Talk = "talk",
        /// 曝光.
        Exposure = "exposure",
    }
}

impl Rung {
    /// The ladder from the bottom.
    pub const ALL: [Self; 4] = [Self::Letter, Self::Bulletin, Self::Talk, Self::Exposure];

    /// Its height from 1; 0 for one that this program does not know.
    #[must_use]
    pub fn height(&self) -> usize {
        Self::ALL
            .iter()
            .position(|rung| rung == self)
            .map_or(0, |at| at + 1)
    }
}

open_enum! {
    /// To whom a case is handed on (移送). The rectification goes on.
    Destination {
        /// 行政处罚.
        Penalty = "penalty",
        /// 司法机关.
        Judicial = "judicial",
        /// 纪检监察.
        Discipline = "discipline",
    }
}
