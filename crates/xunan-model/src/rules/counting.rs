//! Counting rules: several elements together are a major hazard.
//!
//! The mechanism knows no sector. A rule is data of a checklist: fire premises (GB 35181) need three,
//! four or six elements by their class; reservoir dams need three of one kind and three of another. A
//! rule brings its own test cases, and a file in which one of them fails is refused: whoever enters a
//! new standard is told at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::checklist::{Edition, Item, Text, Validity};

/// A counting rule (综合判定规则).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountingRule {
    /// Its name within the edition.
    pub id: String,
    /// Its title for people.
    pub title: Text,
    /// When it applies.
    #[serde(default)]
    pub in_force: Validity,
    /// 预判: a first judgement that has to say so and stays out of documents.
    #[serde(default)]
    pub prejudge: bool,
    /// The rule whose place it takes. While it has no content itself, that one gives a 预判.
    #[serde(default)]
    pub replaces: Option<String>,
    /// The `rule_set` of the items that a need without a list of its own counts.
    #[serde(default)]
    pub rule_set: Option<String>,
    /// The classes of premises that it tells apart; empty: it does not.
    #[serde(default)]
    pub premises: Vec<Premises>,
    /// Items of which one alone is enough.
    #[serde(default)]
    pub direct: Vec<String>,
    /// How many of them the standard has: a rule with content must bring exactly so many.
    #[serde(default)]
    pub direct_count: Option<u32>,
    /// The ways to a major hazard by counting. Tried in order.
    #[serde(default)]
    pub clauses: Vec<Clause>,
    /// Circumstances under which it does not judge.
    #[serde(default)]
    pub exclusions: Vec<Text>,
    /// What the person has to know about the result.
    #[serde(default)]
    pub note: Option<Text>,
    /// Cases that it has to decide as said.
    #[serde(default)]
    pub tests: Vec<RuleTest>,
}

/// A class of premises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Premises {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: Text,
}

/// One way to a major hazard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// The clause of the standard.
    pub name: String,
    /// For these classes of premises; empty: for all.
    #[serde(default)]
    pub premises: Vec<String>,
    /// What has to come together.
    pub needs: Vec<Need>,
}

/// A number of elements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The elements that count; absent: all elements of the rule's `rule_set`.
    #[serde(default)]
    pub of: Option<Vec<Element>>,
    /// So many different ones, the number itself included.
    pub at_least: u32,
}

/// An item's code.
pub type Element = String;

/// A case that a rule has to decide as said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTest {
    /// The class of premises.
    #[serde(default)]
    pub premises: Option<String>,
    /// One of the exclusions holds.
    #[serde(default)]
    pub excluded: bool,
    /// The items that failed.
    pub failed: Vec<String>,
    /// `direct`, the name of a clause, `not`, `excluded` or `undetermined`.
    pub expect: String,
}

/// Why a rule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum RuleFault {
    /// An element that is no item of the edition.
    #[error("`{code}` is no item of this file")]
    UnknownItem {
        /// The code.
        code: String,
    },
    /// A class of premises that the rule does not have.
    #[error("`{key}` is not among the rule's `premises`")]
    UnknownPremises {
        /// The key.
        key: String,
    },
    /// A rule to replace that is not there.
    #[error("there is no rule `{id}` to replace")]
    UnknownRule {
        /// Its id.
        id: String,
    },
    /// A number that can never be reached, or that is reached by nothing.
    #[error("{clause}: at least {at_least} of {of} elements")]
    BadCount {
        /// The clause.
        clause: String,
        /// The number wanted.
        at_least: u32,
        /// The elements that there are.
        of: usize,
    },
    /// Not as many direct elements as the standard has.
    #[error("{given} direct elements; the standard has {count}")]
    DirectCount {
        /// How many there are.
        given: usize,
        /// How many there have to be.
        count: u32,
    },
    /// A test case comes out otherwise.
    #[error("test {number}: expected `{expected}`, decided `{decided}`")]
    TestFails {
        /// Which one, from 1.
        number: usize,
        /// What it says.
        expected: String,
        /// What the rule decides.
        decided: String,
    },
}

/// What a rule decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleResult {
    /// An exclusion holds: the rule does not judge.
    Excluded,
    /// Major, by one item alone.
    Direct(Vec<Element>),
    /// Major, by counting.
    Clause {
        /// The clause.
        name: String,
        /// The elements that were counted.
        counted: Vec<Element>,
    },
    /// Not major by this rule.
    Not,
    /// It cannot be told: the rule has no content, or the class of premises is not known and
    /// would decide.
    Undetermined,
}

impl RuleResult {
    /// Whether it is a major hazard.
    #[must_use]
    pub fn is_major(&self) -> bool {
        matches!(self, Self::Direct(_) | Self::Clause { .. })
    }

    /// As a test case names it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Excluded => "excluded",
            Self::Direct(_) => "direct",
            Self::Clause { name, .. } => name,
            Self::Not => "not",
            Self::Undetermined => "undetermined",
        }
    }
}

/// What a rule says about a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleVerdict<'a> {
    /// The rule in force on the day.
    pub rule: &'a CountingRule,
    /// What it decides.
    pub result: RuleResult,
    /// What the rule before it would decide, where this one has no content: 预判 alone.
    pub prejudged: Option<(&'a CountingRule, RuleResult)>,
}

impl RuleVerdict<'_> {
    /// Whether the result itself may be called a judgement; else it is a 预判.
    #[must_use]
    pub fn is_formal(&self) -> bool {
        !self.rule.prejudge && self.rule.has_content()
    }
}

impl CountingRule {
    /// Whether there is anything to decide by.
    #[must_use]
    pub fn has_content(&self) -> bool {
        !self.direct.is_empty() || !self.clauses.is_empty()
    }

    /// What it decides about the items that failed. Each counts once, however often it failed.
    /// `premises` is `None` where nobody has said what the place is.
    #[must_use]
    pub fn decide(
        &self,
        edition: &Edition,
        premises: Option<&str>,
        excluded: bool,
        failed: &BTreeSet<&str>,
    ) -> RuleResult {
        self.decide_among(&edition.items, premises, excluded, failed)
    }

    fn decide_among(
        &self,
        items: &[Item],
        premises: Option<&str>,
        excluded: bool,
        failed: &BTreeSet<&str>,
    ) -> RuleResult {
        if !self.has_content() {
            return RuleResult::Undetermined;
        }
        if excluded {
            return RuleResult::Excluded;
        }
        let direct: Vec<Element> = self.counted(&self.direct, failed);
        if !direct.is_empty() {
            return RuleResult::Direct(direct);
        }
        let mut open = false;
        for clause in &self.clauses {
            let Some(counted) = self.reached(clause, items, failed) else {
                continue;
            };
            let class = clause.premises.is_empty()
                || premises.is_some_and(|key| clause.premises.iter().any(|one| one == key));
            if class {
                let name = clause.name.clone();
                return RuleResult::Clause { name, counted };
            }
            open |= premises.is_none();
        }
        if open {
            RuleResult::Undetermined
        } else {
            RuleResult::Not
        }
    }

    /// The elements that reach every need of a clause; `None` when one is not reached.
    fn reached(
        &self,
        clause: &Clause,
        items: &[Item],
        failed: &BTreeSet<&str>,
    ) -> Option<Vec<Element>> {
        let mut all = Vec::new();
        for need in &clause.needs {
            let counted = self.counted(&self.elements(need, items), failed);
            if counted.len() < need.at_least as usize {
                return None;
            }
            all.extend(counted);
        }
        all.sort();
        all.dedup();
        Some(all)
    }

    fn elements(&self, need: &Need, items: &[Item]) -> Vec<Element> {
        if let Some(of) = &need.of {
            return of.clone();
        }
        let of_set = |item: &&Item| {
            item.rule_set.is_some()
                && item.rule_set == self.rule_set
                && !self.direct.contains(&item.code)
        };
        items
            .iter()
            .filter(of_set)
            .map(|item| item.code.clone())
            .collect()
    }

    /// Those that failed, each once.
    fn counted(&self, elements: &[Element], failed: &BTreeSet<&str>) -> Vec<Element> {
        let distinct: BTreeSet<&Element> = elements.iter().collect();
        let hit = distinct
            .into_iter()
            .filter(|code| failed.contains(code.as_str()));
        hit.cloned().collect()
    }

    /// What is wrong with it, among these items and rules.
    pub(crate) fn faults(&self, items: &[Item], rules: &[CountingRule]) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        let codes: BTreeSet<&str> = items.iter().map(|item| item.code.as_str()).collect();
        let keys: BTreeSet<&str> = self.premises.iter().map(|one| one.key.as_str()).collect();
        let mut known = |code: &Element| {
            if !codes.contains(code.as_str()) {
                faults.push(RuleFault::UnknownItem { code: code.clone() });
            }
        };
        self.direct.iter().for_each(&mut known);
        for clause in &self.clauses {
            for need in &clause.needs {
                need.of.iter().flatten().for_each(&mut known);
            }
        }
        for test in &self.tests {
            test.failed.iter().for_each(&mut known);
        }
        let named = self.clauses.iter().flat_map(|clause| &clause.premises);
        for key in named.chain(self.tests.iter().filter_map(|test| test.premises.as_ref())) {
            if !keys.contains(key.as_str()) {
                faults.push(RuleFault::UnknownPremises { key: key.clone() });
            }
        }
        if let Some(id) = &self.replaces
            && !rules
                .iter()
                .any(|rule| rule.id == *id && rule.id != self.id)
        {
            faults.push(RuleFault::UnknownRule { id: id.clone() });
        }
        let given = self.direct.iter().collect::<BTreeSet<_>>().len();
        if let Some(count) = self.direct_count.filter(|_| self.has_content())
            && given != count as usize
        {
            faults.push(RuleFault::DirectCount { given, count });
        }
        for clause in &self.clauses {
            for need in &clause.needs {
                let of: BTreeSet<Element> = self.elements(need, items).into_iter().collect();
                if need.at_least == 0 || need.at_least as usize > of.len() {
                    faults.push(RuleFault::BadCount {
                        clause: clause.name.clone(),
                        at_least: need.at_least,
                        of: of.len(),
                    });
                }
            }
        }
        if faults.is_empty() {
            faults.extend(self.failing_tests(items));
        }
        faults
    }

    fn failing_tests(&self, items: &[Item]) -> Vec<RuleFault> {
        let fails = |(at, test): (usize, &RuleTest)| {
            let failed = test.failed.iter().map(String::as_str).collect();
            let premises = test.premises.as_deref();
            let decided = self.decide_among(items, premises, test.excluded, &failed);
            (decided.word() != test.expect).then(|| RuleFault::TestFails {
                number: at + 1,
                expected: test.expect.clone(),
                decided: decided.word().to_owned(),
            })
        };
        self.tests.iter().enumerate().filter_map(fails).collect()
    }
}

impl Edition {
    /// What the counting rules in force on `day` say, of those of whose elements something was
    /// asked (`asked`) or failed. `premises` and `excluded` are by rule.
    #[must_use]
    pub fn count(
        &self,
        day: NaiveDate,
        asked: &BTreeSet<&str>,
        failed: &BTreeSet<&str>,
        told: &BTreeMap<String, Told>,
    ) -> Vec<RuleVerdict<'_>> {
        let mut verdicts = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.in_force.contains(day)) {
            let before = rule.replaces.as_ref().filter(|_| !rule.has_content());
            let before = before.and_then(|id| self.rules.iter().find(|one| one.id == *id));
            let by = before.unwrap_or(rule);
            if !by.concerns(self, asked) {
                continue;
            }
            let decide = |rule: &CountingRule| {
                let told = told.get(&by.id).cloned().unwrap_or_default();
                rule.decide(self, told.premises.as_deref(), told.excluded, failed)
            };
            verdicts.push(RuleVerdict {
                rule,
                result: decide(rule),
                prejudged: before.map(|before| (before, decide(before))),
            });
        }
        verdicts
    }
}

/// What a person said about a place, for a counting rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, rename = "RuleTold")]
pub struct Told {
    /// The class of premises.
    #[serde(default)]
    pub premises: Option<String>,
    /// One of the exclusions holds.
    #[serde(default)]
    pub excluded: bool,
}

impl CountingRule {
    /// Whether one of these items is an element of it.
    fn concerns(&self, edition: &Edition, codes: &BTreeSet<&str>) -> bool {
        let of_clauses = self.clauses.iter().flat_map(|clause| &clause.needs);
        let of_clauses = of_clauses.flat_map(|need| self.elements(need, &edition.items));
        self.direct
            .iter()
            .cloned()
            .chain(of_clauses)
            .any(|code| codes.contains(code.as_str()))
    }
}
