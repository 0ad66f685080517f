//! What the fields of the list are called, which differs between its generations.

use serde::Deserialize;

/// A generation of KOMINN's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// 2017 to 2019: names without a prefix.
    V1_0,
    /// 2019 to 2022.
    V1_1,
    /// 2022: "innsatsområder" instead of "type nytte".
    #[serde(alias = "klimatilskudd")]
    Climate,
    /// 2026.
    #[serde(alias = "v2_0")]
    V2,
}

/// A field that we read or write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Title,
    Summary,
    Challenges,
    Solution,
    Advice,
    Benefit,
    Tags,
    Image,
    Location,
    Goals,
    InspiredBy,
    IsPast,
    Name,
    Mail,
    Department,
    City,
    MunicipalityNumber,
    Reference,
    Status,
    CaseWorkerStatus,
    SendToKs,
    Likes,
    Comments,
}

impl Column {
    pub(super) const ALL: &[Self] = &[
        Self::Title,
        Self::Summary,
        Self::Challenges,
        Self::Solution,
        Self::Advice,
        Self::Benefit,
        Self::Tags,
        Self::Image,
        Self::Location,
        Self::Goals,
        Self::InspiredBy,
        Self::IsPast,
        Self::Name,
        Self::Mail,
        Self::Department,
        Self::City,
        Self::MunicipalityNumber,
        Self::Reference,
        Self::Status,
        Self::CaseWorkerStatus,
        Self::SendToKs,
        Self::Likes,
        Self::Comments,
    ];

    /// Its internal name.
    pub(super) fn name(self, profile: Profile) -> &'static str {
        let (bare, prefixed) = match self {
            Self::Title => ("Title", "Title"),
            Self::Summary => ("Summary", "KmiSummary"),
            Self::Challenges => ("Challenges", "KmiChallenges"),
            Self::Solution => ("SuggestedSolution", "KmiSuggestedSolution"),
            Self::Advice => ("UsefulForOthers", "KmiUsefulForOthers"),
            Self::Benefit => ("UsefulnessType", "KmiUsefulnessType"),
            Self::Tags => ("Tags", "KmiTags"),
            Self::Image => ("Image", "KmiImage"),
            Self::Location => ("Location", "KmiLocation"),
            Self::Goals => ("B_x00e6_rekraftsm_x00e5_l", "KmiSustainabilityGoals"),
            Self::InspiredBy => ("InspiredBy", "KmiInspiredBy"),
            Self::IsPast => ("IsPast", "KmiIsPast"),
            Self::Name => ("Name", "KmiName"),
            Self::Mail => ("MailAddress", "KmiMailAddress"),
            Self::Department => ("Department", "KmiDepartment"),
            Self::City => ("City", "KmiCity"),
            Self::MunicipalityNumber => ("CountyCode", "KmiCountyCode"),
            Self::Reference => ("CompRef", "KmiCompRef"),
            Self::Status => ("Status", "KmiStatus"),
            Self::CaseWorkerStatus => ("CaseWorkerStatus", "KmiCaseWorkerStatus"),
            Self::SendToKs => ("SendToKS", "KmiSendToKS"),
            Self::Likes => ("Likes", "KmiLikes"),
            Self::Comments => ("NumberOfComments", "KmiNumberOfComments"),
        };
        if profile == Profile::V1_0 { bare } else { prefixed }
    }

    /// What is read of an item: what may be shown here, and what is needed to know it again. No person, address or telephone.
    pub(super) const READ: &[Self] = &[
        Self::Title,
        Self::Summary,
        Self::Challenges,
        Self::Solution,
        Self::Advice,
        Self::Benefit,
        Self::Tags,
        Self::Image,
        Self::Location,
        Self::Goals,
        Self::InspiredBy,
        Self::IsPast,
        Self::MunicipalityNumber,
        Self::Reference,
        Self::Status,
    ];

    /// The longest text that a single line of it may hold, in UTF-16 units as `SharePoint` counts.
    pub(super) fn longest(self) -> usize {
        match self {
            Self::Location | Self::Reference => 64,
            Self::MunicipalityNumber => 16,
            Self::Title
            | Self::Summary
            | Self::Challenges
            | Self::Solution
            | Self::Advice
            | Self::Benefit
            | Self::Tags
            | Self::Image
            | Self::Goals
            | Self::InspiredBy
            | Self::IsPast
            | Self::Name
            | Self::Mail
            | Self::Department
            | Self::City
            | Self::Status
            | Self::CaseWorkerStatus
            | Self::SendToKs
            | Self::Likes
            | Self::Comments => 255,
        }
    }
}
