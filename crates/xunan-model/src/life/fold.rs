//! The fold: steps in the order of (time, id) become a life.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::contradiction::{Soundness, Word, sound_decisions, words};
use super::details::{Conclusion, Details, Recheck};
use super::guard::Asked;
use super::state::State;
use super::table::{Rule, rules_of, speaks_against};
use super::timeline::{Contradiction, Life, Looked, Round, Row, Standing};
use super::{china_day, grave};
use crate::finding::{Finding, Transition};
use crate::id::TransitionId;
use crate::record::canonical;

/// A step with what it says: the details, or `None` for one that this program does not know, or the
/// key of what is wrong with them.
pub(super) type Read<'a> = (&'a Transition, Result<Option<Details>, &'static str>);

impl Life {
    /// The life that these steps tell of a finding. A function of the set: neither their order nor
    /// repetitions matter. Steps of other findings are the caller's mistake and not looked for.
    #[must_use]
    pub fn of(finding: &Finding, steps: &[Transition]) -> Self {
        let read = in_order(steps);
        let sound = sound_decisions(finding, &read);
        folded(finding, &read, &sound)
    }
}

/// Folds steps that are in order, when it is known which decisions among them count.
pub(super) fn folded(
    finding: &Finding,
    read: &[Read<'_>],
    sound: &BTreeMap<TransitionId, Soundness>,
) -> Life {
    let counting = sound
        .iter()
        .filter(|(_, sound)| sound.is_ok())
        .map(|(id, _)| *id)
        .collect();
    let mut fold = Fold {
        life: blank(finding),
        words: words(read, &counting),
        sound,
        against: Vec::new(),
        moved: None,
        extended: None,
        before_end: State::Found,
    };
    for (step, details) in read {
        fold.take(step, details);
    }
    fold.life
}

/// Steps in the order in which they count, each once.
fn in_order(steps: &[Transition]) -> Vec<Read<'_>> {
    let mut once: BTreeMap<TransitionId, &Transition> = BTreeMap::new();
    for step in steps {
        let known = once.entry(step.id).or_insert(step);
        // Nobody writes two steps under one name. If it happens, every machine takes the same.
        if *known != step && (step.at, text(step)) < (known.at, text(known)) {
            *known = step;
        }
    }
    let mut sorted: Vec<&Transition> = once.into_values().collect();
    sorted.sort_by_key(|step| (step.at, step.id));
    let read = |step| match Details::of(step) {
        Ok(details) => (step, Ok(details)),
        Err(fault) => (step, Err(fault.key)),
    };
    sorted.into_iter().map(read).collect()
}

fn text(step: &Transition) -> String {
    serde_json::to_value(step).map_or_else(|_| String::new(), |value| canonical(&value))
}

fn blank(finding: &Finding) -> Life {
    let found = china_day(finding.found);
    Life {
        state: State::Found,
        grave: grave(&finding.level),
        found,
        deadline: finding.deadline,
        extensions: 0,
        plan: None,
        told: Vec::new(),
        verdict: None,
        listings: Vec::new(),
        suspended: false,
        transfers: Vec::new(),
        escalations: Vec::new(),
        false_rectification: false,
        closed: None,
        closures: Vec::new(),
        reopenings: 0,
        lookbacks: Vec::new(),
        rounds: vec![Round {
            begun: found,
            requested: None,
            deadline: finding.deadline,
            done: None,
            rechecked: false,
        }],
        timeline: Vec::new(),
        contradictions: Vec::new(),
    }
}

struct Fold<'a> {
    life: Life,
    words: BTreeMap<TransitionId, Word>,
    sound: &'a BTreeMap<TransitionId, Soundness>,
    /// Steps so far that speak against calm.
    against: Vec<TransitionId>,
    /// The step that last moved the state.
    moved: Option<TransitionId>,
    /// The last extension, and the deadline that it put off.
    extended: Option<(TransitionId, Option<NaiveDate>)>,
    /// The state before the present end: what stands when the end is contradicted.
    before_end: State,
}

impl Fold<'_> {
    fn take(&mut self, step: &Transition, read: &Result<Option<Details>, &'static str>) {
        let details = read.as_ref().ok().and_then(Option::as_ref);
        // Whoever says that something was faked is not unsaid by a decision.
        self.life.false_rectification |= details.is_some_and(Details::tells_false_rectification);
        let word = self.words.get(&step.id).cloned();
        if let Some(Word::SetAside(decision)) = word {
            self.row(step, Standing::SetAside { decision });
            return;
        }
        let unseen = self.unseen(step, word.as_ref());
        let standing = match (word, read) {
            (Some(Word::Contested(decisions)), _) => {
                self.contradict(step, details, "decisions_disagree", decisions)
            }
            (_, Err(key)) => self.contradict(step, None, key, Vec::new()),
            (_, Ok(None)) if self.life.state.ended() => {
                self.contradict(step, None, "step_unknown", Vec::new())
            }
            (_, Ok(None)) => Standing::Unknown,
            (_, Ok(Some(details))) => match self.lands(step, details, &unseen) {
                Ok(standing) => standing,
                // A decision moves nothing: one that is not lawful is only void.
                Err(key) if matches!(details, Details::Decided(_)) => Standing::Void { key },
                Err(key) => self.contradict(step, Some(details), key, unseen),
            },
        };
        if speaks_against(details) {
            self.against.push(step.id);
        }
        self.row(step, standing);
    }

    /// Earlier steps that speak against calm and that the author of this one had not seen. A decision that
    /// lets both stand has seen them in his place.
    fn unseen(&self, step: &Transition, word: Option<&Word>) -> Vec<TransitionId> {
        let Some(seen) = step.seen.as_ref().filter(|_| !self.against.is_empty()) else {
            return Vec::new();
        };
        let seen: BTreeSet<&TransitionId> = seen.iter().collect();
        let decided = match word {
            Some(Word::Stands(known)) => Some(known),
            _ => None,
        };
        let knew = |id: &TransitionId| {
            seen.contains(id) || decided.is_some_and(|known| known.contains(id))
        };
        self.against
            .iter()
            .filter(|id| !knew(id))
            .copied()
            .collect()
    }

    /// Lets a step take effect, if it is lawful here.
    fn lands(
        &mut self,
        step: &Transition,
        details: &Details,
        unseen: &[TransitionId],
    ) -> Result<Standing, &'static str> {
        let state = self.life.state;
        let lawful = rules_of(&step.step, details.conclusion())
            .find(|rule| rule.from.contains(&state) || rule.agrees.contains(&state));
        let rule = lawful.ok_or("step_not_allowed")?;
        if !rule.from.contains(&state) || self.repeats(details) {
            self.agree(step, details);
            return Ok(Standing::Agrees);
        }
        let asked = Asked {
            life: &self.life,
            form: Some((step, details)),
            unseen,
            context: None,
        };
        for guard in rule.guards {
            guard.check(&asked).map_err(|fault| fault.key)?;
        }
        if let Some(sound) = self.sound.get(&step.id) {
            (*sound)?;
        }
        self.apply(step, details, rule);
        Ok(Standing::Stands)
    }

    /// Two laptops put the same deadline off to the same day: it is one extension.
    fn repeats(&self, details: &Details) -> bool {
        match (details, self.extended) {
            (Details::Extended(it), Some((_, from))) => {
                it.from == from && it.until == self.life.deadline
            }
            _ => false,
        }
    }

    fn agree(&mut self, step: &Transition, details: &Details) {
        match details {
            Details::Notified(notice) => self.life.told.extend(notice.people.iter().cloned()),
            Details::Lookback(look) => self.looked(step, look),
            _ => {}
        }
    }

    fn apply(&mut self, step: &Transition, details: &Details, rule: &Rule) {
        let before = self.life.state;
        if let Some(to) = rule.to {
            self.moved = Some(step.id);
            self.life.state = to;
            if to.ended() {
                self.before_end = before;
            }
        }
        let at = china_day(step.at);
        let life = &mut self.life;
        match details {
            Details::Found(_) | Details::Decided(_) => {}
            Details::Notified(notice) => life.told.extend(notice.people.iter().cloned()),
            Details::Rectifying(plan) => life.plan = Some(plan.clone()),
            Details::RecheckRequested(request) => {
                if let Some(round) = life.rounds.last_mut() {
                    let asked = request.day.unwrap_or(at);
                    round.requested = Some(round.requested.map_or(asked, |known| known.min(asked)));
                }
            }
            Details::Rechecked(recheck) => {
                life.verdict.clone_from(&recheck.verdict);
                let passed = details.conclusion() == Some(Conclusion::Good);
                life.end_round(recheck.day.unwrap_or(at), true, !passed);
            }
            Details::Extended(extension) => {
                self.extended = Some((step.id, life.deadline));
                life.extensions += 1;
                life.set_deadline(extension.until);
            }
            Details::Suspended(_) => life.suspended = true,
            Details::Resumed(_) => life.suspended = false,
            Details::Listed(listing) => life.list(listing, at),
            Details::Delisted(it) => {
                let day = it.day.unwrap_or(at);
                life.listings
                    .iter_mut()
                    .filter(|one| one.until.is_none())
                    .for_each(|one| one.until = Some(day));
            }
            Details::Escalated(it) => {
                let day = it.day.unwrap_or(at);
                life.escalations
                    .extend(it.rung.clone().map(|rung| (rung, day)));
            }
            Details::Transferred(it) => life.transfers.extend(it.to.clone()),
            Details::Withdrawn(_) => life.end_round(at, false, false),
            Details::Closed(closure) => {
                let day = closure.day.unwrap_or(at);
                life.closed = Some(day);
                life.closures.push(day);
                life.end_round(day, false, false);
            }
            Details::Reopened(it) => {
                // Of two that reopened it the earlier day counts; one that a 回头看 left is over.
                let again = before == State::Reopened
                    && life
                        .rounds
                        .last()
                        .is_some_and(|round| round.deadline.is_some());
                let deadline = if again {
                    life.deadline.min(it.deadline)
                } else {
                    it.deadline
                };
                if before != State::Reopened {
                    life.reopen(at);
                }
                life.set_deadline(deadline);
            }
            Details::Lookback(look) => {
                self.looked(step, look);
                if rule.to.is_some() {
                    self.life.reopen(look.day.unwrap_or(at));
                }
            }
        }
    }

    fn looked(&mut self, step: &Transition, look: &Recheck) {
        let holds = Details::Lookback(look.clone()).conclusion() == Some(Conclusion::Good);
        let day = look.day.unwrap_or_else(|| china_day(step.at));
        self.life.lookbacks.push(Looked { day, holds });
    }

    /// Keeps a step that is not lawful here, and lets the safer state stand.
    fn contradict(
        &mut self,
        step: &Transition,
        details: Option<&Details>,
        key: &'static str,
        mut against: Vec<TransitionId>,
    ) -> Standing {
        let conclusion = details.and_then(Details::conclusion);
        let target = rules_of(&step.step, conclusion).find_map(|rule| rule.to);
        let life = &mut self.life;
        if life.state.ended() {
            life.state = self.before_end;
            life.closed = None;
        }
        if let Some(target) = target {
            life.state = life.state.safer(target);
        }
        let rechecked = life.rounds.last().is_some_and(|round| round.done.is_some());
        if rechecked && life.state < State::Passed {
            life.begin_round(china_day(step.at), life.deadline);
        }
        let earlier = |one: Option<NaiveDate>, other: Option<NaiveDate>| match (one, other) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        match details {
            Some(Details::Extended(it)) => life.set_deadline(earlier(life.deadline, it.until)),
            Some(Details::Reopened(it)) => life.set_deadline(earlier(life.deadline, it.deadline)),
            Some(Details::Suspended(_)) => life.suspended = true,
            Some(Details::Listed(it)) => life.list(it, china_day(step.at)),
            _ => {}
        }
        let involved = match key {
            "contradiction_open" => life
                .contradictions
                .iter()
                .map(|one| one.transition)
                .collect(),
            "deadline_changed" => self.extended.iter().map(|(id, _)| *id).collect(),
            _ => Vec::from_iter(self.moved),
        };
        for one in involved {
            if !against.contains(&one) {
                against.push(one);
            }
        }
        life.contradictions.push(Contradiction {
            transition: step.id,
            key,
            against,
        });
        Standing::Contradicts { key }
    }

    fn row(&mut self, step: &Transition, standing: Standing) {
        self.life.timeline.push(Row {
            transition: step.id,
            step: step.step.clone(),
            at: step.at,
            by: step.by,
            reason: step.reason.clone(),
            standing,
            state: self.life.state,
        });
    }
}
